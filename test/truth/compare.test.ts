import { expect, test } from 'vitest';
import { compareTruth } from '../../bench/truth/compare/compare.js';
import type { ProcessEvidence } from '../../bench/truth/compare/evidence.js';
import { logId } from '../e2e/subjects/exports.js';
import type { ReceivedLog, ReceivedSpan } from '../support/otlp-model.js';
import type { Mutable } from './fixture.js';
import { trueRun } from './fixture.js';

type Run = ReturnType<typeof trueRun>;

function spanOf(run: Run, id: string): ReceivedSpan {
  const found = run.spans.find(({ spanId }) => spanId === id);
  if (found === undefined) throw new Error(`there is no span ${id}`);
  return found;
}

function recordOf(run: Run, name: string, job: string): ReceivedLog {
  const found = run.logs.find(
    ({ eventName, attributes }) => eventName === name && attributes['job.id'] === job,
  );
  if (found === undefined) throw new Error(`there is no record ${name} of ${job}`);
  return found;
}

function processOf(run: Run, name: string): Mutable<ProcessEvidence> {
  const found = run.processes.find((process) => process.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function without<T>(list: readonly T[], one: T): T[] {
  return list.filter((other) => other !== one);
}

function setTotal(run: Run, process: string, name: string, by: number): void {
  const totals = run.totals.get(process) ?? {};
  run.totals = new Map([...run.totals, [process, { ...totals, [name]: (totals[name] ?? 0) + by }]]);
}

/** Takes an id out of what an exporter confirmed, and out of what it was given. */
function ungiven(run: Run, process: string, channel: 'spans' | 'logs', id: string, given: boolean): void {
  const own = processOf(run, process);
  const less = (ids: ReadonlySet<string>): Set<string> => new Set([...ids].filter((other) => other !== id));
  own[channel] = {
    ...own[channel],
    delivered: less(own[channel].delivered),
    given: given ? own[channel].given : less(own[channel].given),
  };
}

test('compareTruth() - finds nothing amiss in a run that is told as it was', () => {
  expect(compareTruth(trueRun()).mismatches).toEqual([]);
});

const SPOILS: Readonly<Record<string, readonly [(run: Run) => void, RegExp]>> = {
  'a span that was delivered and is missing': [
    (run) => {
      run.spans = without(run.spans, spanOf(run, 'run1.1'));
    },
    /run1\.1 .* delivered and is missing/,
  ],
  'a span that never was in an export, and that stats() does not call dropped': [
    (run) => {
      run.spans = without(run.spans, spanOf(run, 'run1.1'));
      ungiven(run, 'worker-1', 'spans', 'run1.1', false);
    },
    /1 spans never were in an export, and stats\(\) calls 0 dropped/,
  ],
  'a span of a failed export that stats() does not call failed': [
    (run) => {
      run.spans = without(run.spans, spanOf(run, 'run1.1'));
      ungiven(run, 'worker-1', 'spans', 'run1.1', true);
    },
    /1 spans are missing after failed exports, and stats\(\) calls 0 failed/,
  ],
  'a span that nobody made': [
    (run) => void run.spans.push({ ...spanOf(run, 'run1.1'), spanId: 'invented' }),
    /invented .* was never made/,
  ],
  'an attempt that no handler ran': [
    (run) => {
      const own = processOf(run, 'worker-1');
      own.made = [
        ...own.made,
        { span: 'ghost', trace: 't', operation: 'process', job: '1', outcome: 'completed' },
      ];
    },
    /the attempt ghost of 1 was run by no handler/,
  ],
  'a wrong outcome': [
    (run) => {
      const own = processOf(run, 'worker-1');
      own.made = own.made.map((span) => (span.span === 'run1.1' ? { ...span, outcome: 'failed' } : span));
    },
    /returned, and is told as failed/,
  ],
  'an outcome that changed on its way': [
    (run) => {
      spanOf(run, 'run1.1').attributes['job.attempt.outcome'] = 'failed';
    },
    /has the outcome failed, and it was made with completed/,
  ],
  'an attempt that is told as lost and was not': [
    (run) => {
      const own = processOf(run, 'worker-1');
      own.made = own.made.map((span) => (span.span === 'run1.1' ? { ...span, outcome: 'lost' } : span));
    },
    /is told as lost, and neither was the store down/,
  ],
  'a wrong number of an attempt': [
    (run) => {
      spanOf(run, 'run2.2').attributes['job.attempt.number'] = 3;
    },
    /has the attempt 3, and it was 2/,
  ],
  'a negative wait on a span': [
    (run) => {
      spanOf(run, 'run1.1').attributes['job.wait.duration'] = -0.5;
    },
    /has job\.wait\.duration -0\.5/,
  ],
  'a negative wait in a record': [
    (run) => {
      recordOf(run, 'job.started', '1').attributes['job.wait.duration'] = -0.5;
    },
    /has job\.wait\.duration -0\.5/,
  ],
  'a wait that is longer than the job was there': [
    (run) => {
      spanOf(run, 'run1.1').attributes['job.wait.duration'] = 3600;
    },
    /told to have waited 3600 s/,
  ],
  'an attempt that is shorter than its handler': [
    (run) => {
      const span = spanOf(run, 'run1.1');
      span.end = span.start;
    },
    /lasts 0 ms, and its handler 10 ms/,
  ],
  'an attempt in the wrong trace': [
    (run) => {
      spanOf(run, 'run1.1').parentSpanId = 'enq2';
    },
    /has the parent enq2, and was put in by enq1/,
  ],
  'a doubled end': [
    (run) => {
      const log = { ...recordOf(run, 'job.completed', '1'), time: '1800000000090000000' };
      run.logs.push(log);
      const own = processOf(run, 'worker-1');
      own.logs = { ...own.logs, given: new Set([...own.logs.given, logId(log)]) };
    },
    /job\.completed of 1 has 2 records/,
  ],
  'a good end of a job that failed': [
    (run) => {
      const log = { ...recordOf(run, 'job.abandoned', '3'), eventName: 'job.completed' };
      run.logs.push(log);
      const own = processOf(run, 'worker-2');
      own.logs = { ...own.logs, given: new Set([...own.logs.given, logId(log)]) };
    },
    /tells what did not happen/,
  ],
  'a record that was delivered and is missing': [
    (run) => {
      run.logs = without(run.logs, recordOf(run, 'job.failed', '2'));
    },
    /job\.failed of 2 .* delivered and is missing/,
  ],
  'a record that no exporter was given': [
    (run) => void run.logs.push({ ...recordOf(run, 'job.started', '1'), time: '1' }),
    /was given to no exporter/,
  ],
  'a stall that was none': [
    (run) => {
      recordOf(run, 'job.failed', '2').eventName = 'job.stalled';
    },
    /tells a stall, and all runs of it came to their end/,
  ],
  'a good end that the store does not know': [
    (run) => {
      run.store = new Map([...run.store, ['1', { key: 'key-1', state: 'failed', attempts: 1, why: 'x' }]]);
    },
    /1 is told as completed, and the store has it failed/,
  ],
  'an end that nobody told': [
    (run) => {
      run.store = new Map([...run.store, ['3', { key: 'key-3', state: 'completed', attempts: 3, why: '' }]]);
    },
    /3 is completed in the store .* nobody told it/,
  ],
  'a job that has not ended': [
    (run) => {
      run.store = new Map([
        ...run.store,
        ['1', { key: 'key-1', state: 'open', attempts: 0, why: undefined }],
      ]);
    },
    /1 has not ended/,
  ],
  'a wrong number of attempts at the end': [
    (run) => {
      recordOf(run, 'job.completed', '2').attributes['job.attempts'] = 1;
    },
    /2 is told with 1 attempts, and the store counts 2/,
  ],
  'a total that is one too low': [
    (run) => setTotal(run, 'worker-1', 'job.ended completed', -1),
    /job\.ended completed of worker-1 is 0 in Prometheus, and by the ledger 1/,
  ],
  'a total that is one too high': [
    (run) => setTotal(run, 'producer', 'job.enqueued', 1),
    /job\.enqueued of producer is 4 in Prometheus, and by the ledger 3/,
  ],
};

test.each(Object.entries(SPOILS))('compareTruth() - finds %s', (_, [spoil, mismatch]) => {
  const run = trueRun();
  spoil(run);
  expect(compareTruth(run).mismatches).toContainEqual(expect.stringMatching(mismatch));
});

/** worker-1 is killed after its last line in the ledger: nothing of its last run has left it. */
function killedRun(): Run {
  const run = trueRun();
  const own = processOf(run, 'worker-1');
  own.killed = true;
  run.spans = without(run.spans, spanOf(run, 'run2.1'));
  ungiven(run, 'worker-1', 'spans', 'run2.1', false);
  for (const name of ['job.started', 'job.failed', 'job.retrying']) {
    const log = run.logs.find(({ eventName, spanId }) => eventName === name && spanId === 'run2.1');
    if (log === undefined) throw new Error(`there is no record ${name}`);
    run.logs = without(run.logs, log);
    ungiven(run, 'worker-1', 'logs', logId(log), false);
  }
  own.metrics = [
    { call: 1, channel: 'metrics', ids: [], outcome: 'began', totals: { 'job.ended completed': 1 } },
    { call: 1, channel: 'metrics', ids: [], outcome: 'delivered' },
  ];
  run.totals = new Map([...run.totals, ['worker-1', { 'job.ended completed': 1 }]]);
  return run;
}

test('compareTruth() - accounts for what a killed process had not delivered, by its ids', () => {
  const { mismatches, accounts } = compareTruth(killedRun());
  expect(mismatches).toEqual([]);
  expect(accounts.of('worker-1', 'spans')).toMatchObject({ arrived: 1, killed: 1 });
  expect(accounts.of('worker-1', 'logs')).toMatchObject({ arrived: 2, killed: 3 });
});

test('compareTruth() - finds what a killed process had delivered and is missing', () => {
  const run = killedRun();
  run.spans = without(run.spans, spanOf(run, 'run1.1'));
  expect(compareTruth(run).mismatches).toContainEqual(expect.stringMatching(/run1\.1 .* is missing/));
});

test('compareTruth() - finds a total of a killed process that is less than it delivered, or more than it did', () => {
  const less = killedRun();
  setTotal(less, 'worker-1', 'job.ended completed', -1);
  expect(compareTruth(less).mismatches).toContainEqual(
    expect.stringMatching(/is 0 in Prometheus, and 1 was delivered/),
  );
  const more = killedRun();
  setTotal(more, 'worker-1', 'job.ended completed', 1);
  expect(compareTruth(more).mismatches).toContainEqual(
    expect.stringMatching(/is 2 in Prometheus, and by the ledger 1/),
  );
});

test('compareTruth() - takes what stats() calls failed or dropped for missing, and no more', () => {
  const run = trueRun();
  run.spans = without(run.spans, spanOf(run, 'run1.1'));
  ungiven(run, 'worker-1', 'spans', 'run1.1', true);
  const own = processOf(run, 'worker-1');
  own.lost = { ...own.lost, spans: { failed: 1, dropped: 0 } };
  expect(compareTruth(run).mismatches).toEqual([]);
});
