import { createSignalbox } from 'signalbox';
import { afterEach, expect, test, vi } from 'vitest';
import { observing } from '../../../src/adapters/common/adapter-base.js';
import { coreOf } from '../../../src/box/core.js';
import { recordDiag, resetOtel } from '../../support/otel.js';

afterEach(async () => {
  vi.restoreAllMocks();
  await resetOtel();
});

const never = (): never => {
  throw new Error('no queue is met');
};

test('reportThat() - in development it is told on the console, with the line that is given or the one that it is called from', async () => {
  const told = recordDiag();
  const lines: string[] = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void lines.push(text));
  const adapter = observing(coreOf('test', createSignalbox({ development: true })), 'engine', never);
  const [, first = 0] = /adapter-base\.test\.ts:(\d+)/.exec(new Error().stack ?? '') ?? [];
  const made = adapter.here();
  adapter.reportThat('worker', 'a worker is not observed. Observe it', made);
  adapter.reportThat('task', 'a task is not observed. Observe it');
  adapter.reportThat('task', 'a task is not observed. Observe it');
  await vi.waitFor(() => expect(lines).toHaveLength(2));
  expect(lines[0]).toMatch(
    /^signalbox \(development\): engine: a worker is not observed\. Observe it\n {4}at /,
  );
  expect(lines[0]).toContain(`adapter-base.test.ts:${Number(first) + 1}:`);
  expect(lines[1]).toContain(`adapter-base.test.ts:${Number(first) + 3}:`);
  expect(told.slice(0, 2)).toEqual([
    'signalbox: engine: a worker is not observed. Observe it',
    'signalbox: engine: a task is not observed. Observe it',
  ]);
});

test('reportThat() - elsewhere it is told to diag alone, and there is no place', async () => {
  const told = recordDiag();
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const adapter = observing(coreOf('test', createSignalbox()), 'engine', never);
  expect(adapter.here()).toBeUndefined();
  adapter.reportThat('worker', 'a worker is not observed. Observe it', adapter.here());
  await new Promise(setImmediate);
  expect(warn).not.toHaveBeenCalled();
  expect(told).toEqual(['signalbox: engine: a worker is not observed. Observe it']);
});
