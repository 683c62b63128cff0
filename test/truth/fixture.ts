import type { Evidence, ProcessEvidence } from '../../bench/truth/compare/evidence.js';
import type { Fact } from '../../bench/truth/facts.js';
import type { MadeSpan } from '../../bench/truth/subjects/noted.js';
import type { ExportedIds } from '../e2e/subjects/exports.js';
import { logId } from '../e2e/subjects/exports.js';
import type { ReceivedLog, ReceivedSpan } from '../support/otlp-model.js';

/** Epoch milliseconds of the run's beginning. */
export const BASE = 1_800_000_000_000;

/** A run that can be spoiled. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function nanos(millis: number): string {
  return String(BigInt(Math.round(millis * 1000)) * 1000n);
}

/** Of a trace, from one millisecond of the run to another. */
export function span(
  id: string,
  trace: string,
  from: number,
  to: number,
  more: Partial<ReceivedSpan>,
): ReceivedSpan {
  return {
    traceId: trace,
    spanId: id,
    parentSpanId: undefined,
    name: id,
    kind: 4,
    start: nanos(BASE + from),
    end: nanos(BASE + to),
    attributes: {},
    events: [],
    links: [],
    status: 0,
    statusMessage: undefined,
    scope: 'signalbox',
    service: 'truth',
    ...more,
  };
}

/** On a span, at a millisecond of the run. */
export function log(
  name: string,
  spanId: string,
  at: number,
  attributes: ReceivedLog['attributes'],
): ReceivedLog {
  return {
    traceId: 'trace',
    spanId,
    eventName: name,
    time: nanos(BASE + at),
    severity: 9,
    severityText: 'INFO',
    body: name,
    attributes,
    scope: 'signalbox',
    service: 'truth',
  };
}

function exported(ids: readonly string[]): ExportedIds {
  return { given: new Set(ids), delivered: new Set(ids), calls: { delivered: 1, failed: 0 } };
}

function processOf(
  name: string,
  killed: boolean,
  facts: Fact[],
  made: MadeSpan[],
  logs: readonly ReceivedLog[],
): Mutable<ProcessEvidence> {
  return {
    name,
    killed,
    diedAt: undefined,
    facts,
    made,
    spans: exported(made.map(({ span }) => span)),
    logs: exported(logs.map(logId)),
    metrics: [],
    lost: { spans: { failed: 0, dropped: 0 }, logs: { failed: 0, dropped: 0 } },
  };
}

/**
 * A run of three jobs on two workers, all of it told: the first is completed, the second fails once and is completed by the other worker, the
 * third fails for good.
 */
export function trueRun(): Mutable<Evidence> & { spans: ReceivedSpan[]; logs: ReceivedLog[] } {
  const facts: Fact[] = [];
  const enqueued: MadeSpan[] = [];
  const spans: ReceivedSpan[] = [];
  const queued: ReceivedLog[] = [];
  for (const n of [1, 2, 3]) {
    const [key, id] = [`key-${n}`, `${n}`];
    facts.push({ fact: 'ask', key, at: BASE + n, mono: n });
    facts.push({ fact: 'accepted', key, id, at: BASE + n + 1, mono: n + 1 });
    enqueued.push({ span: `enq${n}`, trace: `trace${n}`, operation: 'enqueue', job: id, outcome: undefined });
    const attributes = { 'job.id': id, 'messaging.operation.name': 'enqueue' };
    spans.push(span(`enq${n}`, `trace${n}`, n, n + 1, { attributes }));
    queued.push(log('job.queued', `enq${n}`, n + 1, { 'job.id': id }));
  }
  const workers = new Map<string, { facts: Fact[]; made: MadeSpan[]; logs: ReceivedLog[] }>(
    ['worker-1', 'worker-2'].map((name) => [name, { facts: [], made: [], logs: [] }]),
  );
  const run = (
    worker: string,
    job: number,
    number: number,
    at: number,
    outcome: 'completed' | 'failed',
  ): void => {
    const wait = number === 1 ? (at - job - 2) / 1000 : 0.01;
    const own = workers.get(worker);
    if (own === undefined) throw new Error(`there is no ${worker}`);
    const [id, trace, name] = [`${job}`, `trace${job}`, `run${job}.${number}`];
    own.facts.push({
      fact: 'begin',
      id,
      key: `key-${job}`,
      number,
      at: BASE + at,
      mono: at,
      span: name,
      trace,
    });
    const end = outcome === 'completed' ? ('returned' as const) : ('threw' as const);
    own.facts.push({ fact: 'end', id, span: name, outcome: end, at: BASE + at + 10, mono: at + 10 });
    own.made.push({ span: name, trace, operation: 'process', job: id, outcome });
    spans.push(
      span(name, trace, at - 1, at + 12, {
        parentSpanId: `enq${job}`,
        attributes: {
          'job.id': id,
          'messaging.operation.name': 'process',
          'job.attempt.number': number,
          'job.attempt.outcome': outcome,
          'job.wait.duration': wait,
        },
      }),
    );
    own.logs.push(log('job.started', name, at, { 'job.id': id, 'job.wait.duration': wait }));
    if (outcome === 'completed')
      own.logs.push(log('job.completed', name, at + 11, { 'job.id': id, 'job.attempts': number }));
    else {
      own.logs.push(log('job.failed', name, at + 11, { 'job.id': id }));
      own.logs.push(log(number < 3 ? 'job.retrying' : 'job.abandoned', name, at + 12, { 'job.id': id }));
    }
  };
  run('worker-1', 1, 1, 50, 'completed');
  run('worker-1', 2, 1, 70, 'failed');
  run('worker-2', 2, 2, 600, 'completed');
  for (const number of [1, 2, 3]) run('worker-2', 3, number, 700 * number, 'failed');
  const processes = [
    processOf('producer', false, facts, enqueued, queued),
    ...[...workers].map(([name, own]) => processOf(name, false, own.facts, own.made, own.logs)),
  ];
  return {
    jobs: 3,
    processes,
    store: new Map([
      ['1', { key: 'key-1', state: 'completed', attempts: 1, why: undefined }],
      ['2', { key: 'key-2', state: 'completed', attempts: 2, why: undefined }],
      ['3', { key: 'key-3', state: 'failed', attempts: 3, why: 'Planned' }],
    ]),
    outages: [],
    spans,
    logs: [...queued, ...[...workers.values()].flatMap((own) => own.logs)],
    totals: new Map([
      ['producer', { 'job.enqueued': 3 }],
      ['worker-1', { 'messaging.process.duration': 2, 'job.retries': 1, 'job.ended completed': 1 }],
      [
        'worker-2',
        {
          'messaging.process.duration': 4,
          'job.retries': 2,
          'job.ended completed': 1,
          'job.ended abandoned': 1,
        },
      ],
    ]),
  };
}
