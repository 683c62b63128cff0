import { expect, test } from 'vitest';
import type { Adapter } from '../../../src/adapters/bullmq/adapter.js';
import type { StartFacts } from '../../../src/adapters/bullmq/runnable.js';
import { runnableAt } from '../../../src/adapters/bullmq/runnable.js';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

/** A job's first start, on a clock that was set so many milliseconds ago. */
function firstStart(timestamp: number, setAgo: number) {
  const nothing = { get: () => undefined, forget: () => undefined };
  const adapter = {
    core: { isInDoubt: (millis: number) => millis > setAgo },
    moved: nothing,
    ended: nothing,
    revivedAll: nothing,
    promotedAll: nothing,
  } as unknown as Adapter;
  const facts = {
    job: { id: '1', timestamp, attemptsStarted: 1, opts: {}, queueQualifiedName: 'bull:q' },
    metadata: {},
    life: 'first',
    startedAt: NOW,
    remembered: undefined,
    idle: { denies: () => false },
  } as unknown as StartFacts;
  return runnableAt(adapter, facts);
}

test('runnableAt() - is when the job was added, where the wall clock was not set since', () => {
  expect(firstStart(NOW - 40, 60_000)).toEqual({ now: NOW - 40, first: NOW - 40 });
});

test('runnableAt() - is not known where the wall clock was set since: the job was added by a clock that may be another', () => {
  expect(firstStart(NOW - HOUR, 60_000)).toEqual({ now: undefined, first: undefined });
});
