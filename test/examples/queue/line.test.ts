import { AsyncResource } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../../examples/job-queue/queue/job.js';
import { Line } from '../../../examples/job-queue/queue/line.js';

function job(sequence: number, priority: number): Job {
  return {
    info: { id: `job-${sequence}`, type: 'work', priority, maxAttempts: 1 },
    sequence,
    payload: undefined,
    carrier: {},
    context: new AsyncResource('Job'),
    unlisten: () => {},
    firstRunnableAt: 0,
    runnableAt: 0,
    attempts: 0,
    previous: undefined,
    lastError: undefined,
    running: undefined,
  };
}

/** Takes all that is in the line, as `priority/sequence`. */
function drain(line: Line): string[] {
  const order: string[] = [];
  for (let next = line.take(); next !== undefined; next = line.take()) {
    order.push(`${next.info.priority}/${next.sequence}`);
  }
  return order;
}

/** A job added, or one taken; ranks are small so that priorities are often equal. */
const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.constant('take' as const)),
  {
    maxLength: 150,
  },
);

describe('Line', () => {
  test('take() - gives higher priorities first and equal ones in the order of acceptance', () => {
    const line = new Line(Number.POSITIVE_INFINITY);
    for (const each of [job(0, 1), job(1, 5), job(2, 1), job(3, -2), job(4, 5)]) line.add(each);
    expect(drain(line)).toEqual(['5/1', '5/4', '1/0', '1/2', '-2/3']);
  });

  test('add() - puts a job that comes back where its acceptance puts it', () => {
    const line = new Line(Number.POSITIVE_INFINITY);
    const first = job(0, 1);
    for (const each of [first, job(1, 1), job(2, 1)]) line.add(each);
    expect(line.take()).toBe(first);
    line.add(first);
    expect(drain(line)).toEqual(['1/0', '1/1', '1/2']);
  });

  test('oldest - is the one that came first, which need not be the next', () => {
    const line = new Line(Number.POSITIVE_INFINITY);
    const low = job(0, 0);
    line.add(low);
    line.add(job(1, 9));
    expect(line.oldest).toBe(low);
    line.delete(low);
    expect(line.oldest?.sequence).toBe(1);
  });

  test('delete() - takes a job out once', () => {
    const line = new Line(Number.POSITIVE_INFINITY);
    const only = job(0, 0);
    line.add(only);
    expect([line.delete(only), line.delete(only), line.has(only), line.size, line.take()]).toEqual([
      true,
      false,
      false,
      0,
      undefined,
    ]);
  });

  test('take() - lets at most `ageing` later jobs pass any job, and lets none pass that ageing does not make it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), steps, (ageing, program) => {
        const line = new Line(ageing);
        const waiting = new Map<Job, { passed: number }>();
        let accepted = 0;
        const take = (): void => {
          const taken = line.take();
          if (taken === undefined) return;
          const oldest = [...waiting].reduce((a, b) => (a[0].sequence < b[0].sequence ? a : b));
          const aged = oldest[1].passed >= ageing;
          waiting.delete(taken);
          if (aged) expect(taken).toBe(oldest[0]);
          else
            for (const other of waiting.keys())
              expect(other.info.priority).toBeLessThanOrEqual(taken.info.priority);
          for (const [other, state] of waiting) {
            if (other.sequence < taken.sequence) state.passed++;
            if (other.info.priority === taken.info.priority)
              expect(other.sequence).toBeGreaterThan(taken.sequence);
            expect(state.passed).toBeLessThanOrEqual(ageing);
          }
        };
        for (const step of program) {
          if (step === 'take') take();
          else {
            const next = job(accepted++, step);
            waiting.set(next, { passed: 0 });
            line.add(next);
          }
        }
        while (line.size > 0) take();
        expect(waiting.size).toBe(0);
      }),
    );
  });
});
