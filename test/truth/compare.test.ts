import { expect, test } from 'vitest';
import { compareTruth } from '../../bench/truth/compare/compare.js';
import type { ProcessEvidence } from '../../bench/truth/compare/evidence.js';
import type { Fact } from '../../bench/truth/facts.js';
import type { MadeSpan } from '../../bench/truth/subjects/noted.js';
import { logId } from '../e2e/subjects/exports.js';
import type { ReceivedLog, ReceivedSpan } from '../support/otlp-model.js';
import type { Mutable } from './fixture.js';
import { BASE, trueRun } from './fixture.js';

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
  'a wait of a first attempt that is shorter than the job was there': [
    (run) => {
      spanOf(run, 'run3.1').attributes['job.wait.duration'] = 0.4;
    },
    /told to have waited 0\.4 s, and was there 0\.695 s before/,
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
  'an attempt that begins long before its handler': [
    (run) => {
      const span = spanOf(run, 'run1.1');
      span.start = String(BigInt(span.start) - 300_000_000n);
    },
    /begins -301 ms after its handler did/,
  ],
  'a wait that is longer than the job was there, by a little': [
    (run) => {
      spanOf(run, 'run1.1').attributes['job.wait.duration'] = 0.06;
    },
    /told to have waited 0\.06 s, and was asked for 0\.048 s before/,
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

const LOST = /is told as lost, and neither was the store down/;
const STALL = /tells a stall, and all runs of it came to their end/;

/** The run of the first job, from 50 to 60 ms, is told as lost, and the store was down in this time; milliseconds of the run. */
function lostRun(from: number, to: number, ...facts: Fact[]): Run {
  const run = trueRun();
  const own = processOf(run, 'worker-1');
  own.made = own.made.map((span) => (span.span === 'run1.1' ? { ...span, outcome: 'lost' } : span));
  own.facts = [...own.facts, ...facts];
  run.outages = [{ from: BASE + from, to: BASE + to }];
  return run;
}

function late(at: number, millis: number): Fact {
  return { fact: 'late', at: BASE + at, mono: at, millis };
}

test.each([
  ['whose end fell into an outage of the store', 55, 1000, []],
  ['whose end was on its way when the store broke off', 200, 1000, []],
  ['whose process was late with its end, and the store broke off meanwhile', 1000, 2000, [late(900, 800)]],
  ['that began while its process had not found the store again', -4000, -2000, [trouble(-2100)]],
] as const)('compareTruth() - lets a run be told as lost %s', (_, from, to, facts) => {
  const { mismatches } = compareTruth(lostRun(from, to, ...facts));
  expect(mismatches).not.toContainEqual(expect.stringMatching(LOST));
});

test.each([
  ['that had ended long before the outage', 1000, 2000, []],
  [
    'that had ended before the outage, while its process was late at another time',
    1000,
    2000,
    [late(40, 30)],
  ],
  ['that began after the outage, though its process had no more trouble', -4000, -2000, []],
  ['that began long after the last trouble of its process', -9000, -8000, [trouble(-7900)]],
] as const)('compareTruth() - finds a run that is told as lost %s', (_, from, to, facts) => {
  const { mismatches } = compareTruth(lostRun(from, to, ...facts));
  expect(mismatches).toContainEqual(expect.stringMatching(LOST));
});

function trouble(at: number): Fact {
  return { fact: 'trouble', what: 'ECONNREFUSED', at: BASE + at };
}

test('compareTruth() - lets an attempt begin before its handler for as long as its process was made to wait', () => {
  const run = trueRun();
  const span = spanOf(run, 'run2.2');
  span.start = String(BigInt(span.start) - 400_000_000n);
  const own = processOf(run, 'worker-2');
  own.facts = [...own.facts, late(590, 300)];
  expect(compareTruth(run).mismatches).toEqual([]);
});

/** The second job, asked for at 2 ms and ended at 610 ms, has a stall that is told at 700 ms. */
function stalledRun(spoil: (run: Run) => void): Run {
  const run = trueRun();
  const log = { ...recordOf(run, 'job.completed', '2'), eventName: 'job.stalled', spanId: 'run2.1' };
  const stall = { ...log, time: `${BigInt(BASE + 700) * 1_000_000n}` };
  run.logs.push(stall);
  const own = processOf(run, 'worker-2');
  own.logs = { ...own.logs, given: new Set([...own.logs.given, logId(stall)]) };
  spoil(run);
  return run;
}

test('compareTruth() - lets a stall be told of a job that had not ended when the store broke off, or a process died', () => {
  const outage = stalledRun((run) => {
    run.outages = [{ from: BASE + 100, to: BASE + 300 }];
  });
  expect(compareTruth(outage).mismatches).toEqual([]);
  const death = stalledRun((run) => {
    Object.assign(processOf(run, 'worker-1'), { killed: true, diedAt: BASE + 100 });
  });
  expect(compareTruth(death).mismatches).toEqual([]);
});

test('compareTruth() - lets a stall be told of a job that never ran, for whoever it was given to never knew', () => {
  const run = stalledRun((spoiled) => {
    spoiled.outages = [{ from: BASE + 100, to: BASE + 300 }];
    for (const { name } of spoiled.processes) {
      const own = processOf(spoiled, name);
      own.facts = own.facts.filter((fact) => fact.fact !== 'begin' || fact.id !== '2');
    }
  });
  expect(compareTruth(run).mismatches).not.toContainEqual(expect.stringMatching(STALL));
});

test.each([
  ['before it was asked for', -500, -100],
  ['after it had ended', 1000, 1200],
  ['after the stall was told', 5000, 5100],
])('compareTruth() - finds a stall of a job where the store was down only %s', (_, from, to) => {
  const run = stalledRun((spoiled) => {
    spoiled.outages = [{ from: BASE + from, to: BASE + to }];
  });
  expect(compareTruth(run).mismatches).toContainEqual(expect.stringMatching(STALL));
});

test('compareTruth() - counts no duration of a lost run: nobody knows when it ended', () => {
  const run = lostRun(55, 1000);
  setTotal(run, 'worker-1', 'job.ended completed', -1);
  const durations = expect.stringMatching(/messaging\.process\.duration of worker-1/);
  expect(compareTruth(run).mismatches).toContainEqual(durations);
  setTotal(run, 'worker-1', 'messaging.process.duration', -1);
  expect(compareTruth(run).mismatches).not.toContainEqual(durations);
});

test('compareTruth() - finds an end that is untold because its run was lost, where the store was not down', () => {
  const untold = /is completed in the store .* nobody told it/;
  const [down, up] = [lostRun(55, 1000), lostRun(5000, 6000)];
  expect(compareTruth(down).mismatches).not.toContainEqual(expect.stringMatching(untold));
  expect(compareTruth(up).mismatches).toContainEqual(expect.stringMatching(untold));
});

test('compareTruth() - finds a settle span of a job that did not fail, or that was settled before', () => {
  const settle = (span: string, job: string): MadeSpan => ({
    span,
    trace: 'trace3',
    operation: 'settle',
    job,
    outcome: undefined,
  });
  const made = (...spans: MadeSpan[]): Run => {
    const run = trueRun();
    const own = processOf(run, 'worker-2');
    own.made = [...own.made, ...spans];
    return run;
  };
  const of = (run: Run): readonly string[] => compareTruth(run).mismatches;
  expect(of(made(settle('s1', '1')))).toContainEqual(
    expect.stringMatching(/1 is told as settled, and did not fail/),
  );
  expect(of(made(settle('s3', '3'), settle('s4', '3')))).toContainEqual(
    expect.stringMatching(/3 is told as settled 2 times/),
  );
});
