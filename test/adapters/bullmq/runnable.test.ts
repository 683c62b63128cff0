import { expect, test } from 'vitest';
import type { BullMQAdapter, Remembered } from '../../../src/adapters/bullmq/adapter.js';
import type { StartFacts } from '../../../src/adapters/bullmq/runnable.js';
import { runnableAt } from '../../../src/adapters/bullmq/runnable.js';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

/** A job's first start, or the one after what is remembered, on a clock that was set so many milliseconds ago. */
function start(timestamp: number, setAgo: number, remembered?: Partial<Remembered>) {
  const nothing = { get: () => undefined, forget: () => undefined };
  const adapter = {
    core: { isInDoubt: (millis: number) => millis > setAgo },
    moved: nothing,
    ended: nothing,
    revivedAll: nothing,
    promotedAll: nothing,
  } as unknown as BullMQAdapter;
  const facts = {
    job: { id: '1', timestamp, attemptsStarted: remembered ? 2 : 1, opts: {}, queueQualifiedName: 'bull:q' },
    metadata: {},
    life: 'first',
    startedAt: NOW,
    remembered: remembered && { starts: 1, ...remembered },
    idle: { denies: () => false },
  } as unknown as StartFacts;
  return runnableAt(adapter, facts);
}

test('runnableAt() - is when the job was added, where the wall clock was not set since', () => {
  expect(start(NOW - 40, 60_000)).toEqual({ now: NOW - 40, first: NOW - 40 });
});

test('runnableAt() - is not known where the wall clock was set since: the job was added by a clock that may be another', () => {
  expect(start(NOW - HOUR, 60_000)).toEqual({ now: undefined, first: undefined });
});

test('runnableAt() - of a later start is as it was remembered, where the wall clock was not set since', () => {
  const before = { firstRunnableAt: NOW - 900, retryAt: NOW - 40 };
  expect(start(NOW - 900, 60_000, before)).toEqual({ now: NOW - 40, first: NOW - 900 });
});

test('runnableAt() - of a later start is not known where the wall clock was set since the one before', () => {
  const before = { firstRunnableAt: NOW - HOUR - 900, retryAt: NOW - HOUR - 40 };
  expect(start(NOW - HOUR - 900, 60_000, before)).toEqual({ now: undefined, first: undefined });
  expect(start(NOW - HOUR - 900, 60_000, { isSeen: false })).toEqual({ now: undefined, first: undefined });
});
