import type { ReceivedLog, ReceivedSpan } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import { byTime, isAttempt, isEnqueue } from './case.js';
import { isToldByAttempt, WANTED_ENDS } from './compare-settle.js';
import type { LedgerJob } from './ledger.js';
import { millis } from './recording.js';
import type { Verdict } from './verdict.js';
import { verdictsOf } from './verdict.js';

const AT_ENQUEUE: ReadonlySet<string> = new Set(['job.queued', 'job.duplicate', 'job.rejected']);
const SEVERITIES: Readonly<Record<string, number>> = {
  'job.queued': 9,
  'job.duplicate': 5,
  'job.started': 9,
  'job.completed': 9,
  'job.failed': 13,
  'job.retrying': 13,
  'job.deferred': 5,
  'job.stalled': 13,
  'job.revived': 9,
};

/** Each job's signals are those that follow from what happened to it, in order, and on the right span. */
export function compareSignals(part: Case): void {
  for (const job of part.ledger.jobs.values()) {
    compareEnqueued(part, job);
    compareLife(part, job);
  }
  compareStrangers(part);
  comparePlaces(part);
}

export function signalsOf({ logs }: Case, id: string): ReceivedLog[] {
  return byTime(
    logs.filter(({ attributes, eventName }) => attributes['job.id'] === id && eventName?.startsWith('job.')),
  );
}

function compareEnqueued(part: Case, job: LedgerJob): void {
  const { claim, wanted, traits } = part;
  const found = signalsOf(part, job.id);
  const count = (name: string): number => found.filter(({ eventName }) => eventName === name).length;
  const queued =
    (wanted.queued ?? wanted.enqueued) === false ? 0 : 1 + (traits.tellsDuplicates ? 0 : job.duplicates);
  claim(
    count('job.queued') === queued,
    () => `${job.id} has ${count('job.queued')} JOB_QUEUED, not ${queued}`,
  );
  const duplicates = traits.tellsDuplicates ? job.duplicates : 0;
  claim(
    count('job.duplicate') === duplicates,
    () => `${job.id} has ${count('job.duplicate')} JOB_DUPLICATE, not ${duplicates}`,
  );
  const started = found.find(({ eventName }) => eventName === 'job.started');
  // A worker may have begun before the producer heard that its job was taken.
  const inOrder = queued > 0 && job.asked !== undefined && millis(started?.time ?? '0') > job.asked.to + 1;
  claim(
    !inOrder || found[0]?.eventName === 'job.queued',
    () => `${job.id} was told as ${found[0]?.eventName} before it was told as queued`,
  );
  const delayed = found.find(({ eventName }) => eventName === 'job.queued')?.attributes['job.delay'];
  const delay = (job.asked?.delayMillis ?? 0) / 1000;
  // It is what is left of the delay once the engine has the job, and asking took its time.
  const asking = delay > 0 && job.asked ? (job.asked.to - job.asked.from) / 1000 : 0;
  const told = Number(delayed ?? 0);
  if (queued > 0 && job.asked)
    claim(
      told > delay - asking - 0.05 && told < delay + 0.05,
      () => `${job.id} is told to be delayed by ${delayed} s, not ${delay}`,
    );
}

function compareLife(part: Case, job: LedgerJob): void {
  const { claim } = part;
  const found = signalsOf(part, job.id).filter(({ eventName }) => !AT_ENQUEUE.has(eventName ?? ''));
  const expected = expectedOf(part, job);
  const names = found.map(({ eventName }) => eventName);
  claim(
    names.join() === expected.map(({ name }) => name).join(),
    () => `${job.id} has the signals ${names.join()}, not ${expected.map(({ name }) => name).join()}`,
  );
  for (const [i, { name, attributes }] of expected.entries()) {
    const log = found[i];
    if (log?.eventName !== name) continue;
    const type = part.traits.types ? job.type : job.queue;
    claim(
      log.attributes['job.type'] === type,
      () => `${name} of ${job.id} has job.type=${log.attributes['job.type']}, not ${type}`,
    );
    for (const [key, value] of Object.entries(attributes))
      claim(
        log.attributes[key] === value,
        () => `${name} of ${job.id} has ${key}=${log.attributes[key]}, not ${value}`,
      );
    const severity =
      name === 'job.abandoned'
        ? WANTED_ENDS.has(log.attributes['job.abandon.reason'])
          ? 9
          : 17
        : SEVERITIES[name];
    claim(log.severity === severity, () => `${name} of ${job.id} has the severity ${log.severity}`);
    const hasException = log.attributes['exception.type'] !== undefined;
    claim(
      hasException === (name === 'job.failed'),
      () => `${name} of ${job.id} has an exception where it should not, or none`,
    );
  }
}

interface Expected {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function expectedOf(part: Case, job: LedgerJob): Expected[] {
  const expected: Expected[] = [];
  for (const [n, life] of job.lives.entries()) {
    if (n > 0) expected.push({ name: 'job.revived', attributes: {} });
    const verdicts = verdictsOf({ ...job, lives: [life] });
    for (const [i, verdict] of verdicts.entries()) {
      const isLast = i === verdicts.length - 1 && life.end === 'abandoned';
      const tells = isLast ? part.traits.tellsLastStall : part.traits.tellsStalls;
      const isTold = verdict.outcome === 'lost' ? part.wanted.stalls === true : tells;
      expected.push(...signalsOfAttempt(verdict, isTold));
    }
    const told = isToldByAttempt(job, life);
    if (life.end === 'abandoned' && !told)
      expected.push({ name: 'job.abandoned', attributes: { 'job.abandon.reason': life.reason } });
    if (life.end === 'completed' && !told) expected.push({ name: 'job.completed', attributes: {} });
  }
  return expected;
}

function signalsOfAttempt(verdict: Verdict, tellsStall: boolean): Expected[] {
  const { attempt, outcome, retried, reason, errorType } = verdict;
  const { number } = attempt;
  const started = { name: 'job.started', attributes: { 'job.attempt.number': number } };
  const abandoned = { name: 'job.abandoned', attributes: { 'job.abandon.reason': reason } };
  switch (outcome) {
    case 'completed':
      return [started, { name: 'job.completed', attributes: { 'job.attempts': number } }];
    case 'deferred':
      return [
        { ...started, attributes: {} },
        { name: 'job.deferred', attributes: {} },
      ];
    case 'gone':
    case 'lost':
      return [
        started,
        ...(tellsStall ? [{ name: 'job.stalled', attributes: {} }] : []),
        ...(reason === undefined ? [] : [abandoned]),
      ];
    default: {
      const failed = {
        name: 'job.failed',
        attributes: { 'job.attempt.number': number, 'error.type': errorType, 'job.will_retry': retried },
      };
      const retrying = {
        name: 'job.retrying',
        attributes: {
          'job.attempt.number': number,
          'job.next_attempt.number': number === undefined ? undefined : number + 1,
          'error.type': errorType,
        },
      };
      return [started, failed, retried ? retrying : abandoned];
    }
  }
}

/** Nothing is told of jobs that never were. */
function compareStrangers({ logs, spans, ledger, claim }: Case): void {
  for (const { eventName, attributes } of logs) {
    const id = attributes['job.id'];
    if (eventName?.startsWith('job.'))
      claim(ledger.jobs.has(String(id)), () => `${eventName} is told of ${id}, which never was`);
  }
  for (const { name, attributes } of spans) {
    const id = attributes['job.id'];
    claim(
      id === undefined || ledger.jobs.has(String(id)),
      () => `the span '${name}' is of ${id}, which never was`,
    );
  }
}

/** What the span of one job may say, and events on it then do not. */
const SAID: readonly string[] = [
  'job.id',
  'job.type',
  'worker.id',
  'messaging.destination.name',
  'job.attempt.number',
  'job.max_attempts',
  'job.wait.duration',
  'job.turnaround.duration',
];
/** What the span of an attempt says by its number and its length. */
const SAID_OTHERWISE: readonly string[] = ['job.attempts', 'job.duration'];

function compareEvents(span: ReceivedSpan, claim: Case['claim']): void {
  const said = SAID.filter((key) => span.attributes[key] !== undefined);
  if (!said.includes('job.id')) return;
  const all = isAttempt(span) ? [...said, ...SAID_OTHERWISE] : said;
  for (const { name, attributes } of span.events) {
    const repeated = all.filter((key) => attributes[key] !== undefined);
    claim(
      repeated.length === 0,
      () => `the event ${name} of ${span.attributes['job.id']} repeats ${repeated}`,
    );
  }
}

/** Each event of a span has its record with the same time and attributes, and a record on a span is its event. */
function comparePlaces({ logs, spans, claim, recordings }: Case): void {
  const key = (spanId: string | undefined, name: string | undefined, time: string): string =>
    `${spanId} ${name} ${time}`;
  const records = new Map<string, number>();
  for (const { spanId, eventName, time } of logs)
    records.set(key(spanId, eventName, time), (records.get(key(spanId, eventName, time)) ?? 0) + 1);
  const events = new Map<string, number>();
  for (const span of spans) {
    const times = [span.start, ...span.events.map(({ time }) => time), span.end].map(BigInt);
    claim(
      times.every((time, i) => i === 0 || time >= (times[i - 1] ?? time)),
      () =>
        `the span '${span.name}' of ${span.attributes['job.id']} has events outside of it, or out of order`,
    );
    compareEvents(span, claim);
    for (const { name, time } of span.events)
      events.set(key(span.spanId, name, time), (events.get(key(span.spanId, name, time)) ?? 0) + 1);
    for (const { name, time } of span.events)
      claim(
        (records.get(key(span.spanId, name, time)) ?? 0) === events.get(key(span.spanId, name, time)),
        () => `the event ${name} of ${span.attributes['job.id']} has no log record of its own`,
      );
  }
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const log of logs) {
    if (!log.eventName?.startsWith('job.')) continue;
    const about = `${log.eventName} of ${log.attributes['job.id']}`;
    const span = byId.get(log.spanId ?? '');
    if (span === undefined) {
      // Its span went with the process that was killed, or it has none: a revived job's, a scheduled one's.
      const killed = recordings.some(({ alive }) => !alive);
      const may = killed || log.spanId === undefined;
      claim(may, () => `${about} is on a span that was never told`);
      continue;
    }
    claim(span.traceId === log.traceId, () => `${about} is in another trace than its span`);
    const isEvent = events.has(key(log.spanId, log.eventName, log.time));
    const after = ['job.abandoned', 'job.overrun', 'job.stalled', 'job.revived', 'job.completed'];
    const mayFollow =
      after.includes(log.eventName) && (isEnqueue(span) || BigInt(log.time) >= BigInt(span.end));
    claim(isEvent || mayFollow, () => `${about} is no event of its span '${span.name}'`);
    if (['job.started', 'job.failed', 'job.retrying'].includes(log.eventName))
      claim(isAttempt(span), () => `${about} is on '${span.name}', which is no attempt`);
  }
}
