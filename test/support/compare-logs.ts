import type { Case } from './compare.js';
import { millisOf, sameSeconds, secondsFrom } from './compare.js';
import { isWait } from './compare-waits.js';
import { impliedBy } from './implied.js';
import { outcomeOf } from './ledger-reader.js';
import type { Attributes, ReceivedLog, ReceivedSpan } from './otlp-model.js';

const SEVERITIES: Readonly<Record<string, number>> = {
  'job.queued': 9,
  'job.rejected': 13,
  'job.started': 9,
  'job.completed': 9,
  'job.failed': 13,
  'job.retrying': 13,
  'job.overrun': 13,
  'worker.started': 9,
  'worker.stopped': 9,
  'worker.busy': 5,
  'worker.idle': 5,
  'queue.health_check': 9,
  'queue.backlog': 13,
  'queue.backlog_cleared': 9,
  'queue.failure_rate': 17,
  'queue.failure_rate_cleared': 9,
  'email.sent': 9,
  'report.generated': 9,
  'data.processed': 9,
  'payment.processed': 9,
};
const SEVERITY_TEXTS: Readonly<Record<number, string>> = { 5: 'DEBUG', 9: 'INFO', 13: 'WARN', 17: 'ERROR' };
const INFO = 9;
const ERROR = 17;

/** These carry the context of a span on which they are no event: it had ended when they came. */
const AFTER_ITS_SPAN: ReadonlySet<string> = new Set(['job.overrun']);

/**
 * One log record for each span event, one end for each accepted job, and no more records than things that happened.
 */
export function compareLogs(part: Case): void {
  compareEnds(part);
  compareDurations(part);
  compareCounts(part);
  const { logs } = part.received;
  compareEvents(part, logs);
  compareSeverities(part, logs);
  compareWorkers(part, logs);
}

function compareEvents({ received, claim }: Case, all: readonly ReceivedLog[]): void {
  const logs = new Map<string, ReceivedLog[]>();
  for (const log of all) {
    const key = placeOf(log.spanId, log.eventName, log.time);
    logs.set(key, [...(logs.get(key) ?? []), log]);
  }
  const spans = new Set<string>();
  for (const span of received.spans) {
    spans.add(span.spanId);
    for (const event of span.events) {
      const key = placeOf(span.spanId, event.name, event.time);
      const found = logs.get(key) ?? [];
      logs.delete(key);
      const about = `the event ${event.name} on '${span.name}' of ${span.attributes['job.id']}`;
      claim(found.length === 1, () => `${about} has ${found.length} log records, not 1`);
      for (const log of found) {
        claim(log.traceId === span.traceId, () => `${about} and its log record are in different traces`);
        const different = differences(event.attributes, log.attributes, impliedBy(span, event));
        claim(
          different.length === 0,
          () => `${about} has other attributes than its log record: ${different.join(', ')}`,
        );
      }
    }
  }
  for (const log of [...logs.values()].flat()) {
    if (log.eventName === undefined) continue;
    const about = `the log record ${log.eventName} of ${log.attributes['job.id'] ?? 'no job'}`;
    if (log.spanId === undefined) {
      claim(/^(worker|queue)\./.test(log.eventName), () => `${about} is on no span`);
    } else {
      claim(spans.has(log.spanId), () => `${about} is on a span that never arrived`);
      claim(AFTER_ITS_SPAN.has(log.eventName), () => `${about} has no span event`);
    }
  }
}

function compareEnds(part: Case): void {
  const { ledger, received, options, claim } = part;
  const attempts = new Map(
    received.spans.filter(isAttempt).map((span) => [span.spanId as string | undefined, span]),
  );
  const ends = new Map<unknown, ReceivedLog[]>();
  for (const log of received.logs) {
    if (log.eventName !== 'job.completed' && log.eventName !== 'job.abandoned') continue;
    const id = log.attributes['job.id'];
    ends.set(id, [...(ends.get(id) ?? []), log]);
  }
  for (const job of ledger) {
    const found = ends.get(job.id) ?? [];
    ends.delete(job.id);
    const about = (text: string) => () => `${job.id} ${text}`;
    const wanted = job.accepted !== undefined ? 1 : 0;
    claim(found.length === wanted, about(`has ${found.length} ends`));
    const log = found[0];
    if (log === undefined || job.accepted === undefined) continue;
    const outcome = outcomeOf(job, options.engine.withdrawn);
    claim(
      log.eventName === `job.${outcome.kind}`,
      about(`is told as ${log.eventName}, and it was ${outcome.kind}`),
    );
    claim(
      log.attributes['job.attempts'] === job.attempts.length,
      about(`is told with ${log.attributes['job.attempts']} attempts`),
    );
    if (outcome.kind === 'abandoned') {
      const reason = log.attributes['job.abandon.reason'];
      claim(
        reason === outcome.reason,
        about(`is told as abandoned for ${reason}, not for ${outcome.reason}`),
      );
    }
    const span = attempts.get(log.spanId);
    const turnaround = millisOf(span?.end ?? log.time) - job.accepted.runnableAt;
    const told = Number(log.attributes['job.turnaround.duration']) * 1000;
    const isTrue =
      span === undefined
        ? Math.abs(turnaround - told) <= options.toleranceMillis
        : isWait(part, told, turnaround);
    claim(isTrue, about(`is told with a turnaround of ${told} ms, and it took ${turnaround} ms`));
  }
  for (const id of ends.keys()) claim(false, () => `${id} has an end and never was`);
}

/** What the signals say of an attempt's run is what its span shows. */
function compareDurations({ received, claim }: Case): void {
  const attempts = new Map(
    received.spans.filter(isAttempt).map((span) => [span.spanId as string | undefined, span]),
  );
  for (const { eventName, spanId, attributes } of received.logs) {
    if (eventName !== 'job.completed' && eventName !== 'job.failed') continue;
    const span = attempts.get(spanId);
    if (span === undefined) continue;
    const seconds = secondsFrom(span.start, span.end);
    const told = attributes['job.duration'];
    claim(
      sameSeconds(told, seconds),
      () => `${attributes['job.id']} is told to have run ${told} s, and its span has ${seconds} s`,
    );
  }
}

function compareCounts({ ledger, received, claim }: Case): void {
  const counts = new Map<string | undefined, number>();
  for (const { eventName } of received.logs) counts.set(eventName, (counts.get(eventName) ?? 0) + 1);
  const attempts = ledger.flatMap((job) => job.attempts);
  const ended = (...facts: string[]): number =>
    attempts.filter(({ end }) => facts.includes(end?.fact ?? '')).length;
  const expected: Readonly<Record<string, number>> = {
    'job.queued': ledger.filter(({ accepted }) => accepted !== undefined).length,
    'job.rejected': ledger.filter(({ rejected }) => rejected !== undefined).length,
    'job.started': attempts.length,
    'job.failed': ended('threw', 'timed_out'),
    'job.stalled': 0,
    'job.duplicate': 0,
    'job.deferred': 0,
  };
  for (const [name, wanted] of Object.entries(expected)) {
    const found = counts.get(name) ?? 0;
    claim(found === wanted, () => `there are ${found} records ${name}, not ${wanted}`);
  }
}

/** Each record is as severe as its signal, and an abandonment that was wanted is no error. */
function compareSeverities({ options, claim }: Case, logs: readonly ReceivedLog[]): void {
  for (const { eventName, severity, severityText, attributes } of logs) {
    claim(
      severityText === SEVERITY_TEXTS[severity],
      () => `a record ${eventName} of the severity ${severity} calls it ${severityText}`,
    );
    const wanted =
      eventName === 'job.abandoned' ? severityOfEnd(attributes, options) : SEVERITIES[eventName ?? ''];
    claim(
      wanted === undefined || severity === wanted,
      () => `a record ${eventName} has the severity ${severity}`,
    );
  }
}

function severityOfEnd(attributes: Attributes, { engine }: Case['options']): number {
  const reason = attributes['job.abandon.reason'];
  return reason === engine.withdrawn || reason === 'shutdown' ? INFO : ERROR;
}

/** Each worker that started stopped once, and says of itself how many attempts it ran. */
function compareWorkers({ ledger, claim }: Case, logs: readonly ReceivedLog[]): void {
  const ran = new Map<unknown, number>();
  for (const { worker } of ledger.flatMap((job) => job.attempts)) ran.set(worker, (ran.get(worker) ?? 0) + 1);
  const named = (name: string): ReceivedLog[] => logs.filter(({ eventName }) => eventName === name);
  const idsOf = (some: readonly ReceivedLog[]): string =>
    some
      .map(({ attributes }) => String(attributes['worker.id']))
      .sort()
      .join();
  const [started, stopped] = [named('worker.started'), named('worker.stopped')];
  claim(
    idsOf(started) === idsOf(stopped) &&
      new Set(idsOf(started).split(',')).size === Math.max(1, started.length),
    () => `the workers ${idsOf(started)} started, and ${idsOf(stopped)} stopped`,
  );
  for (const { attributes } of stopped) {
    const { 'worker.id': id, 'worker.jobs': jobs } = attributes;
    claim(
      jobs === (ran.get(id) ?? 0),
      () => `${id} says that it ran ${jobs} attempts, not ${ran.get(id) ?? 0}`,
    );
  }
}

function isAttempt({ attributes }: ReceivedSpan): boolean {
  return attributes['messaging.operation.name'] === 'process';
}

function placeOf(spanId: string | undefined, name: string | undefined, time: string): string {
  return `${spanId} ${name} ${time}`;
}

/** Where an event has not what its record has, and its span does not say it either: `key: a, not b`. */
function differences(event: Attributes, record: Attributes, implied: Attributes): string[] {
  return [...new Set([...Object.keys(event), ...Object.keys(record)])]
    .filter((key) => {
      const [told, wanted] = [key in event ? event[key] : implied[key], record[key]];
      if (key === 'job.duration' && !(key in event)) return !sameSeconds(told, Number(wanted));
      return JSON.stringify(told) !== JSON.stringify(wanted);
    })
    .map((key) => `${key}: ${JSON.stringify(event[key])}, not ${JSON.stringify(record[key])}`);
}
