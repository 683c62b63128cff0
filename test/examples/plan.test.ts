import { describe, expect, test } from 'vitest';
import type { JobType, Plan, PlannedJob } from '../../examples/job-queue/plan.js';
import { createPlan, DOOMED, FAILURE_RATES, JOB_TYPES, MENDED } from '../../examples/job-queue/plan.js';

const JOBS = 4000;

function plan(options: { seed?: number; hang?: number; email?: number } = {}): Plan {
  const { seed = 7, hang = 0, email = 0.1 } = options;
  return createPlan({ seed, hang, failureRates: { ...FAILURE_RATES, email } });
}

function jobs(of: Plan): PlannedJob[] {
  return Array.from({ length: JOBS }, (_, n) => of.job(n));
}

describe('createPlan', () => {
  test('createPlan() - tells the same of a job and an attempt, whatever was asked before', () => {
    const [one, other] = [plan(), plan()];
    const backwards = Array.from({ length: 200 }, (_, i) => 199 - i).map((n) => other.job(n));
    expect(backwards.reverse()).toEqual(jobs(one).slice(0, 200));
    const later = [3, 2, 1].map((k) => other.attempt('job_7_42', k)).reverse();
    expect(later).toEqual([1, 2, 3].map((k) => one.attempt('job_7_42', k)));
  });

  test('createPlan() - tells something else for another seed', () => {
    const types = (seed: number): JobType[] => jobs(plan({ seed })).map(({ type }) => type);
    expect(types(7)).not.toEqual(types(8));
    expect(plan({ seed: 8 }).job(12).id).toBe('job_8_12');
  });

  test('createPlan() - draws every type and every priority about equally often', () => {
    const count = (fits: (job: PlannedJob) => boolean): number => jobs(plan()).filter(fits).length / JOBS;
    for (const type of JOB_TYPES) expect(count((job) => job.type === type)).toBeCloseTo(1 / 4, 1);
    for (let p = 0; p <= 9; p++) expect(count(({ priority }) => priority === p)).toBeCloseTo(1 / 10, 1);
  });

  test("createPlan() - keeps work and pauses within the seed's limits", () => {
    const most: Record<JobType, number> = { email: 2000, report: 5000, data_processing: 3000, payment: 1500 };
    const one = plan();
    for (const { id, type, pauseMillis } of jobs(one)) {
      const { workMillis } = one.attempt(id, 1);
      expect(workMillis >= 0 && workMillis < most[type] && pauseMillis >= 0 && pauseMillis < 2000).toBe(true);
    }
  });

  test('createPlan() - fails each type as often as it is told to', () => {
    const one = plan({ email: 0.9 });
    for (const type of JOB_TYPES) {
      const some = jobs(one).filter((job) => job.type === type);
      const share = some.filter(({ id }) => one.attempt(id, 2).outcome === 'throws').length / some.length;
      expect(share).toBeCloseTo(type === 'email' ? 0.9 : FAILURE_RATES[type], 1);
    }
  });

  test('createPlan() - lets one job fail in every attempt, even where none is to fail or all are to hang', () => {
    for (const options of [{ email: 0 }, { hang: 1 }]) {
      const one = plan(options);
      const outcomes = [1, 2, 3].map((k) => one.attempt(one.job(DOOMED).id, k).outcome);
      expect(outcomes).toEqual(['throws', 'throws', 'throws']);
    }
  });

  test('createPlan() - lets one job fail in its first attempt alone, where no draw fails another', () => {
    for (const seed of [1, 2, 3, 4]) {
      const one = createPlan({
        seed,
        hang: 0,
        failureRates: { email: 0, report: 0, data_processing: 0, payment: 0 },
      });
      const outcomes = [1, 2, 3].map((k) => one.attempt(one.job(MENDED).id, k).outcome);
      expect(outcomes).toEqual(['throws', 'returns', 'returns']);
    }
  });

  test('createPlan() - changes no outcome but to a hang when some hang', () => {
    const [calm, hanging] = [plan(), plan({ hang: 0.2 })];
    const changed = jobs(calm).filter(
      ({ id }) => calm.attempt(id, 1).outcome !== hanging.attempt(id, 1).outcome,
    );
    expect(changed.length / JOBS).toBeCloseTo(0.2, 1);
    for (const { id } of changed) expect(hanging.attempt(id, 1).outcome).toBe('hangs');
  });

  test('createPlan() - gives each job payload values of its own', () => {
    const emails = jobs(plan())
      .filter(({ type }) => type === 'email')
      .map(({ payload }) => payload as { to: string });
    expect(new Set(emails.map(({ to }) => to)).size).toBe(emails.length);
  });
});
