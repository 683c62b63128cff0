import { describe, expect, test } from 'vitest';
import type { Entry } from '../../examples/job-queue/ledger.js';
import { Ledger } from '../../examples/job-queue/ledger.js';
import { now } from '../../examples/job-queue/queue/clock.js';
import type { JobCall } from '../../examples/job-queue/queue/index.js';
import { Tally } from '../../examples/job-queue/tally.js';
import { witness } from '../../examples/job-queue/witness.js';

function createLedger(): { ledger: Ledger; entries: Entry[]; tally: Tally } {
  const entries: Entry[] = [];
  const tally = new Tally();
  return { ledger: new Ledger([(entry) => entries.push(entry), tally.add]), entries, tally };
}

function call(signal: AbortSignal = new AbortController().signal): JobCall {
  const facts = { attempt: 2, maxAttempts: 3, worker: 'worker-1', runnableAt: 1000.5, priority: 1 };
  return { id: 'job_7_1', type: 'email', payload: {}, signal, ...facts };
}

const facts = (entries: readonly Entry[]): string[] => entries.map(({ fact }) => fact);

describe('witness', () => {
  test('witness() - writes what began and what returned', async () => {
    const { ledger, entries } = createLedger();
    const before = now();
    await witness({ type: 'email', process: () => 'done' }, ledger).process(call());
    expect(entries).toEqual([
      {
        at: expect.any(Number),
        fact: 'began',
        job: 'job_7_1',
        type: 'email',
        attempt: 2,
        worker: 'worker-1',
        runnable_at: 1000.5,
      },
      { at: expect.any(Number), fact: 'returned', job: 'job_7_1', type: 'email', attempt: 2 },
    ]);
    expect(Object.keys(entries[0] ?? {}).slice(0, 4)).toEqual(['at', 'fact', 'job', 'type']);
    const [began, returned] = entries.map(({ at }) => at);
    expect(began).toBeGreaterThanOrEqual(before);
    expect(returned).toBeGreaterThanOrEqual(began ?? 0);
  });

  test.each([
    ['an error', new Error('SMTP server error'), 'SMTP server error'],
    ['no error at all', 'just words', 'just words'],
  ])('witness() - writes that a handler threw %s, and throws it on', async (_, thrown, error) => {
    const { ledger, entries } = createLedger();
    const failing = witness({ type: 'email', process: () => Promise.reject(thrown) }, ledger);
    await expect(failing.process(call())).rejects.toBe(thrown);
    expect(entries.at(-1)).toMatchObject({ fact: 'threw', attempt: 2, error });
  });

  test.each(['returns', 'throws'])(
    'witness() - writes that the time limit passed, and not that it %s later',
    async (then) => {
      const { ledger, entries } = createLedger();
      const controller = new AbortController();
      let finish: () => void = () => {};
      const handler = new Promise<void>((resolve, reject) => {
        finish = then === 'returns' ? resolve : () => reject(new Error('late'));
      });
      const outcome = witness({ type: 'email', process: () => handler }, ledger).process(
        call(controller.signal),
      );
      controller.abort(new DOMException('too long', 'TimeoutError'));
      finish();
      await Promise.allSettled([outcome]);
      expect(facts(entries)).toEqual(['began', 'timed_out']);
    },
  );

  test('witness() - takes an abort for another reason for no time limit', async () => {
    const { ledger, entries } = createLedger();
    const controller = new AbortController();
    const process = async (): Promise<void> => controller.abort(new DOMException('shutdown', 'AbortError'));
    await witness({ type: 'email', process }, ledger).process(call(controller.signal));
    expect(facts(entries)).toEqual(['began', 'returned']);
  });
});

describe('Tally', () => {
  test('Tally - adds up what became of the jobs of a type', () => {
    const { ledger, tally } = createLedger();
    const job = { id: 'job_7_1', type: 'email' };
    ledger.write(job, { fact: 'accepted', priority: 1, runnable_at: 0, max_attempts: 3 });
    ledger.write({ id: 'job_7_2', type: 'email' }, { fact: 'rejected', reason: 'queue_full' });
    for (const attempt of [1, 2, 3]) {
      ledger.write(job, { fact: 'began', attempt, worker: 'worker-1', runnable_at: 0 });
      if (attempt === 1) ledger.write(job, { fact: 'threw', attempt, error: 'no' });
      if (attempt === 2) ledger.write(job, { fact: 'timed_out', attempt });
      if (attempt === 3) ledger.write(job, { fact: 'returned', attempt });
    }
    expect(tally.types.get('email')).toMatchObject({
      accepted: 1,
      rejected: 1,
      attempts: 3,
      retries: 2,
      failed: 2,
      returned: 1,
    });
  });
});
