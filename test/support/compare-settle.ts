import type { Case } from './compare.js';
import { millisOf, sameSeconds } from './compare.js';
import { MEMORY } from './engine-traits.js';
import { isSoonBefore, jobAttributes, sameAttributes } from './expected.js';
import type { LedgerJob } from './ledger-reader.js';
import { outcomeOf } from './ledger-reader.js';
import type { ReceivedLog, ReceivedSpan } from './otlp-model.js';

const INTERNAL = 1;
const ERROR = 2;
/** What an engine may not say of a job whose end it tells. */
const MAY_BE_UNKNOWN: ReadonlySet<string> = new Set(['job.priority', 'job.max_attempts']);
/** Ends that someone wanted. */
const WANTED: ReadonlySet<unknown> = new Set(['cancelled', 'removed', 'shutdown']);

/** The span of an end that no attempt told: a moment, tied to the enqueue, and an error where nobody wanted it. */
export function compareSettle(
  { claim, options }: Case,
  job: LedgerJob,
  span: ReceivedSpan,
  enqueue: ReceivedSpan | undefined,
): void {
  const about = (text: string) => () => `the settle span of ${job.id} ${text}`;
  const { attributes } = span;
  const { engine, relation } = options;
  const name = engine.typed ? job.type : engine.queue(job.type);
  claim(
    span.name === `settle ${name}` && span.kind === INTERNAL,
    about(`is '${span.name}' of kind ${span.kind}`),
  );
  claim(span.start === span.end, about('is not a moment'));
  const expected = { ...jobAttributes(job, engine), 'messaging.operation.type': 'settle' };
  const told = Object.entries(expected).filter(([key]) => key in attributes || !MAY_BE_UNKNOWN.has(key));
  claim(
    sameAttributes(span, Object.fromEntries(engine === MEMORY ? Object.entries(expected) : told)),
    about('has other attributes'),
  );
  const { cancelledAt } = job;
  const isThen = cancelledAt === undefined || isSoonBefore(cancelledAt, millisOf(span.start), options);
  claim(isThen, about('is not of when the job was cancelled'));
  const events = span.events.map((event) => event.name).join();
  claim(events === 'job.abandoned', about(`has the events ${events}`));
  const outcome = outcomeOf(job, engine.withdrawn);
  const reason = outcome.kind === 'abandoned' ? outcome.reason : undefined;
  const toldReason = attributes['job.abandon.reason'];
  claim(toldReason === reason, about(`has the reason ${toldReason}, not ${reason}`));
  const isError = !WANTED.has(reason);
  claim((span.status === ERROR) === isError, about(`has the status ${span.status}`));
  claim(attributes['error.type'] === (isError ? reason : undefined), about('has another error.type'));
  if (enqueue === undefined) return;
  const isChild = span.parentSpanId === enqueue.spanId && span.traceId === enqueue.traceId;
  claim(
    isChild === (relation === 'parent'),
    about('is tied to its enqueue in another way than attempts are'),
  );
  const links = span.links.map(({ spanId }) => spanId).join();
  claim(links === (relation === 'link' ? enqueue.spanId : ''), about(`has the links ${links}`));
}

/** One span of a job says what became of it, and after how long, as the record of its end (by span id) does; no other does. */
export function compareOutcome(
  { claim, options }: Case,
  job: LedgerJob,
  spans: readonly ReceivedSpan[],
  ends: ReadonlyMap<string | undefined, ReceivedLog>,
): void {
  const about = (text: string) => () => `${job.id} ${text}`;
  const telling = spans.filter(({ attributes }) => attributes['job.outcome'] !== undefined);
  const wanted = job.accepted === undefined ? 0 : 1;
  claim(telling.length === wanted, about(`has its outcome on ${telling.length} spans`));
  const [span] = telling;
  if (span === undefined || job.accepted === undefined) return;
  const { kind } = outcomeOf(job, options.engine.withdrawn);
  claim(
    span.attributes['job.outcome'] === kind,
    about(`is ${span.attributes['job.outcome']} by its span, and was ${kind}`),
  );
  const end = ends.get(span.spanId);
  const told = span.attributes['job.turnaround.duration'];
  claim(told !== undefined, about('has no turnaround on its span'));
  // An outage may have cost the record of the end; where none did, the comparison of the records finds that it is missing.
  if (end === undefined) return;
  const recorded = end.attributes['job.turnaround.duration'];
  claim(
    sameSeconds(told, Number(recorded)),
    about(`has a turnaround of ${told} s on its span, and ${recorded} s in its record`),
  );
}
