import { expect, test } from 'vitest';
import { HeardCall } from '../../../src/adapters/pg-boss/engine-settled-call.js';
import type { CallParts } from '../../../src/adapters/pg-boss/handler-call.js';
import { RunningHere } from '../../../src/adapters/pg-boss/running-jobs.js';
import { ProcessSpan } from '../../../src/adapters/pg-boss/statement-spans.js';

test('a handler call - that pg-boss could not fail when its time was up is held no longer once its handler has ended', () => {
  const attempt = {
    settled: false,
    lost() {
      this.settled = true;
    },
  };
  const observed = {
    calls: new Set<unknown>(),
    running: new RunningHere(),
    attemptLinks: 'memory',
    stopping: false,
    core: { report: () => undefined },
  };
  const handled = [{ job: { id: '1' }, attempt }];
  const parts = { observed, queue: 'mail', handled } as unknown as CallParts;
  const process = new ProcessSpan(undefined, []);
  const call = new HeardCall(parts, process);
  expect(observed.running.get('1')).toBeDefined();
  call.settled('fail', { error: new Error('the database is away') });
  process.end();
  expect(attempt.settled).toBe(true);
  call.failed(new Error('late'));
  expect(observed.calls.size).toBe(0);
  expect(observed.running.get('1')).toBeUndefined();
});
