import { expect, test } from 'vitest';
import { compareClock } from '../../bench/truth/clock/compare.js';
import type { ClockEvidence } from '../../bench/truth/clock/evidence.js';
import type { Fact } from '../../bench/truth/facts.js';
import type { ReceivedLog, ReceivedSpan } from '../support/otlp-model.js';
import { BASE, log, span } from './fixture.js';

const HOUR = 3_600_000;

type Run = {
  facts: Fact[];
  spans: ReceivedSpan[];
  logs: ReceivedLog[];
  series: {
    -readonly [K in keyof ClockEvidence['received']['series'][number]]: ClockEvidence['received']['series'][number][K];
  }[];
};

function attempt(
  name: string,
  at: number,
  outcome: string,
  attributes: ReceivedSpan['attributes'],
): ReceivedSpan {
  return span(name, 'trace1', at - 1, at + 12, {
    parentSpanId: 'enq1',
    attributes: {
      'job.id': '1',
      'messaging.operation.name': 'process',
      'job.attempt.outcome': outcome,
      ...attributes,
    },
    events: [{ name: 'job.started', time: `${BigInt(BASE + at) * 1_000_000n}`, attributes: {} }],
  });
}

/**
 * A job that is put in by the machine's clock, fails once on a worker whose clock is right, and is completed when that was set ahead by an
 * hour: in the ledger moments of the monotonic clock are 0 to 700 ms.
 */
function jump(): Run {
  const run = (
    name: string,
    number: number,
    mono: number,
    ahead: number,
    outcome: 'returned' | 'threw',
  ): Fact[] => [
    {
      fact: 'begin',
      id: '1',
      key: 'key-1',
      number,
      at: BASE + ahead + mono,
      mono,
      span: name,
      trace: 'trace1',
    },
    { fact: 'end', id: '1', span: name, outcome, at: BASE + ahead + mono + 10, mono: mono + 10 },
  ];
  const attributes = { 'job.id': '1', 'job.turnaround.duration': 0.71 };
  return {
    facts: [
      { fact: 'ask', key: 'key-1', at: BASE, mono: 0 },
      { fact: 'accepted', key: 'key-1', id: '1', at: BASE + 1, mono: 1 },
      ...run('run1.1', 1, 50, 0, 'threw'),
      ...run('run1.2', 2, 700, HOUR, 'returned'),
    ],
    spans: [
      span('enq1', 'trace1', 0, 1, { attributes: { 'job.id': '1', 'messaging.operation.name': 'enqueue' } }),
      attempt('run1.1', 50, 'failed', { 'job.wait.duration': 0.049 }),
      attempt('run1.2', HOUR + 700, 'completed', { 'job.wait.duration': 0.14 }),
    ],
    logs: [log('job.completed', 'run1.2', HOUR + 711, attributes)],
    series: [
      { metric: 'job.wait.duration', attributes: {}, value: 0, sum: 0.2, count: 2 } as Run['series'][number],
    ],
  };
}

function found(run: Run) {
  const received = { spans: run.spans, logs: run.logs, series: run.series } as ClockEvidence['received'];
  return compareClock({ facts: run.facts, received, jumpMillis: 2 * HOUR });
}

function spanOf(run: Run, id: string): ReceivedSpan {
  const one = run.spans.find(({ spanId }) => spanId === id);
  if (one === undefined) throw new Error(`there is no span ${id}`);
  return one;
}

function moved(nanos: string, millis: number): string {
  return String(BigInt(nanos) + BigInt(millis) * 1_000_000n);
}

test('compareClock() - finds nothing amiss where times are right by the monotonic clock, and counts what is told', () => {
  expect(found(jump())).toEqual({
    mismatches: [],
    attempts: 2,
    waits: { told: 2, absent: 0 },
    turnarounds: { told: 1, absent: 0 },
  });
});

test('compareClock() - finds nothing amiss where waits and turnarounds are left out, and counts that', () => {
  const run = jump();
  delete spanOf(run, 'run1.2').attributes['job.wait.duration'];
  for (const { attributes } of run.logs) delete attributes['job.turnaround.duration'];
  expect(found(run)).toMatchObject({
    mismatches: [],
    waits: { told: 1, absent: 1 },
    turnarounds: { told: 0, absent: 1 },
  });
});

const SPOILS: Readonly<Record<string, readonly [(run: Run) => void, RegExp]>> = {
  'a span that ends before it begins': [
    (run) => {
      const one = spanOf(run, 'run1.1');
      one.end = moved(one.start, -HOUR);
    },
    /ends before it begins/,
  ],
  'an event before its span': [
    (run) => {
      const one = spanOf(run, 'run1.2');
      one.events = [{ name: 'job.started', time: moved(one.start, -HOUR), attributes: {} }];
    },
    /has the event job\.started -3600000\.000 ms from its begin/,
  ],
  'an event after its span': [
    (run) => {
      const one = spanOf(run, 'run1.1');
      one.events = [{ name: 'job.failed', time: moved(one.end, 1), attributes: {} }];
    },
    /has the event job\.failed 14\.000 ms from its begin, and lasts 13\.000 ms/,
  ],
  'an attempt that is longer by the jump': [
    (run) => {
      const one = spanOf(run, 'run1.1');
      one.end = moved(one.end, HOUR);
    },
    /lasts 3600013\.0 ms, and its handler 10\.0 ms/,
  ],
  'an attempt that is shorter than its handler': [
    (run) => {
      const one = spanOf(run, 'run1.1');
      one.events = [];
      one.end = moved(one.start, 5);
    },
    /lasts 5\.0 ms, and its handler 10\.0 ms/,
  ],
  'an attempt that no handler ran': [
    (run) => {
      spanOf(run, 'run1.1').spanId = 'ghost';
    },
    /ghost.* was run by no handler/,
  ],
  'an attempt that begins before its enqueue by more than the jumps': [
    (run) => {
      const one = spanOf(run, 'enq1');
      one.start = moved(one.start, 4 * HOUR);
      one.end = moved(one.end, 4 * HOUR);
    },
    /begins before its parent by more than a jump/,
  ],
  'a wait of the jump': [
    (run) => {
      spanOf(run, 'run1.2').attributes['job.wait.duration'] = 3600.14;
    },
    /has job\.wait\.duration 3600\.14/,
  ],
  'a negative wait': [
    (run) => {
      spanOf(run, 'run1.2').attributes['job.wait.duration'] = -0.1;
    },
    /has job\.wait\.duration -0\.1/,
  ],
  'a wait that is longer than it could be': [
    (run) => {
      spanOf(run, 'run1.1').attributes['job.wait.duration'] = 0.6;
    },
    /is told to have waited 600 ms, and could for 50 ms/,
  ],
  'a wait of a retry that is longer than since the attempt before': [
    (run) => {
      spanOf(run, 'run1.2').attributes['job.wait.duration'] = 1.2;
    },
    /is told to have waited 1200 ms, and could for 640 ms/,
  ],
  'a wait that is shorter than it was': [
    (run) => {
      for (const [i, fact] of run.facts.entries())
        if (fact.fact === 'ask' || fact.fact === 'accepted')
          run.facts[i] = { ...fact, mono: fact.mono - 900 };
    },
    /is told to have waited 49 ms, and did for 949 ms/,
  ],
  'a turnaround of the jump': [
    (run) => {
      for (const { attributes } of run.logs) attributes['job.turnaround.duration'] = 3600.71;
    },
    /1 is told with a turnaround of 3600\.71 s, and it was 1\.2 s at most/,
  ],
  'a negative turnaround': [
    (run) => {
      for (const { attributes } of run.logs) attributes['job.turnaround.duration'] = -3599.3;
    },
    /job\.completed of 1 .* has job\.turnaround\.duration -3599\.3/,
  ],
  'a metric with the jump in it': [
    (run) => {
      for (const one of run.series) one.sum = 7200;
    },
    /the metric job\.wait\.duration has a mean of 3600 s/,
  ],
};

test.each(Object.entries(SPOILS))('compareClock() - finds %s', (_, [spoil, mismatch]) => {
  const run = jump();
  spoil(run);
  expect(found(run).mismatches).toContainEqual(expect.stringMatching(mismatch));
});

test('compareClock() - lets a wait be off by as much as the process was made to wait, then and not at another time', () => {
  const told = (mono: number): readonly string[] => {
    const run = jump();
    spanOf(run, 'run1.1').attributes['job.wait.duration'] = 0.7;
    run.facts.push({ fact: 'late', millis: 200, at: BASE, mono });
    return found(run).mismatches;
  };
  expect(told(40)).toEqual([]);
  expect(told(5000)).toHaveLength(1);
});
