import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import { byTime, ERROR, INTERNAL, isSettle, relationOf } from './case.js';
import type { LedgerJob, LedgerLife } from './ledger.js';
import { verdictsOf } from './verdict.js';

/** Ends that someone wanted: no errors. */
export const WANTED_ENDS: ReadonlySet<unknown> = new Set(['cancelled', 'removed', 'shutdown']);

/** Whether the span of an attempt tells this end: then it has none of its own. */
export function isToldByAttempt(job: LedgerJob, life: LedgerLife): boolean {
  return verdictsOf({ ...job, lives: [life] }).some(
    ({ outcome, reason }) => outcome === 'completed' || reason !== undefined,
  );
}

/** One `settle` span for each end that no attempt tells, tied to the enqueue as attempts are, and none for any other. */
export function compareSettles(part: Case, job: LedgerJob, enqueue: ReceivedSpan | undefined): void {
  const { claim } = part;
  const ends = job.lives.filter((life) => life.end !== 'none' && !isToldByAttempt(job, life));
  const found = byTime(part.spans.filter((span) => isSettle(span) && span.attributes['job.id'] === job.id));
  claim(found.length === ends.length, () => `${job.id} has ${found.length} settle spans, not ${ends.length}`);
  for (const [i, life] of ends.entries()) {
    const span = found[i];
    if (span) compareSettle(part, job, life, span, enqueue);
  }
}

function compareSettle(
  part: Case,
  job: LedgerJob,
  life: LedgerLife,
  span: ReceivedSpan,
  enqueue: ReceivedSpan | undefined,
): void {
  const { claim, traits, logs } = part;
  const about = (text: string) => () => `the settle span of ${job.id} ${text}`;
  const type = traits.types ? job.type : job.queue;
  claim(
    span.name === `settle ${type}` && span.kind === INTERNAL,
    about(`is '${span.name}' of kind ${span.kind}`),
  );
  claim(span.start === span.end, about('lasts'));
  const isError = life.end === 'abandoned' && !WANTED_ENDS.has(life.reason);
  claim((span.status === ERROR) === isError, about(`has the status ${span.status}, ended ${life.reason}`));
  const expected: Record<string, unknown> = {
    'messaging.system.name': traits.system,
    'messaging.destination.name': job.queue,
    'messaging.operation.type': 'settle',
    'job.type': type,
    'job.outcome': life.end,
    'job.abandon.reason': life.reason,
    'error.type': isError ? life.reason : undefined,
    'job.attempt.outcome': undefined,
  };
  for (const [key, value] of Object.entries(expected))
    claim(span.attributes[key] === value, about(`has ${key}=${span.attributes[key]}, not ${value}`));
  const name = life.end === 'abandoned' ? 'job.abandoned' : 'job.completed';
  const record = logs.filter((log) => log.eventName === name && log.spanId === span.spanId);
  claim(record.length === 1, about(`has ${record.length} records of ${name}`));
  claim(
    span.events.map((event) => event.name).join() === name,
    about(`has the events ${span.events.length}`),
  );
  const relation = relationOf(part);
  if (relation === 'parent')
    claim(
      span.parentSpanId !== undefined &&
        span.parentSpanId === enqueue?.spanId &&
        span.traceId === enqueue?.traceId,
      about('is no child of its enqueue span'),
    );
  else claim(span.parentSpanId === undefined, about('is no root'));
  const links = span.links.map(({ spanId }) => spanId);
  claim(
    links.join() === (relation === 'link' ? [enqueue?.spanId] : []).join(),
    about(`has ${links.length} links, or a wrong one`),
  );
}
