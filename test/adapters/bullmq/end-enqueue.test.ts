import { describe, expect, test, vi } from 'vitest';
import { noteSent } from '../../../src/adapters/bullmq/duplicate-lookup.js';
import type { AddedJob } from '../../../src/adapters/bullmq/end-enqueue.js';
import { emitAdded } from '../../../src/adapters/bullmq/end-enqueue.js';

const PLACE = { name: 'mail', qualifiedName: 'bull:mail' };

/** A store that says nothing before it has the jobs, as PostgreSQL. */
const BACKEND = { getDeduplicationJobId: async () => null } as never;

function adapter(): never {
  const quietly = (_: string, run: () => void): void => run();
  return { core: { now: () => 5 }, quietly, report: vi.fn(), reportThat: vi.fn() } as never;
}

function added(id: string, isThere: boolean): { readonly one: AddedJob; readonly outcomes: string[] } {
  const outcomes: string[] = [];
  const end = (outcome: string) => (): void => {
    if (outcomes.length === 0) outcomes.push(outcome);
  };
  const enqueue = {
    accepted: end('queued'),
    duplicate: end('duplicate'),
    rejected: end('rejected'),
    untold: end('unknown'),
  };
  const job = {
    id,
    delay: 0,
    timestamp: 1,
    opts: { jobId: id, telemetry: { metadata: '{"signalbox":"1"}' } },
  };
  noteSent(adapter(), BACKEND, {} as never, job as never);
  const read = async (): Promise<never> => (isThere ? { opts: job.opts, timestamp: 1 } : undefined) as never;
  const adding = { place: PLACE, enqueue, mayBeThere: true };
  return { one: { adding, given: job, read } as never, outcomes };
}

describe('emitAdded()', () => {
  test('emitAdded() - a job without a deduplication that is gone is unknown, whatever came before it in the call', async () => {
    const [first, gone] = [added('a', true), added('b', false)];
    await emitAdded(adapter(), [first.one, gone.one]);
    expect([first.outcomes, gone.outcomes]).toEqual([['queued'], ['unknown']]);
  });
});
