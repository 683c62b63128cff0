import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Case, Wanted } from './case.js';
import { relationOf } from './case.js';
import type { Traits } from './driver.js';
import type { LedgerJob } from './ledger.js';
import type { Verdict } from './verdict.js';
import { verdictsOf } from './verdict.js';

/** Attempts are children of their enqueue span or linked to it, and linked to the attempt before where its span was told. */
export function compareLinks(
  part: Case,
  job: LedgerJob,
  enqueue: ReceivedSpan | undefined,
  attempts: readonly ReceivedSpan[],
): void {
  const { claim, wanted, traits } = part;
  const told = verdictsOf(job).filter(
    ({ outcome, attempt }) => outcome !== 'gone' && attempt.batch === undefined,
  );
  const relation = relationOf(part);
  for (const [i, span] of attempts.entries()) {
    const about = (text: string) => () => `the span of ${job.id} attempt ${i + 1} ${text}`;
    const isChild = span.parentSpanId !== undefined && span.parentSpanId === enqueue?.spanId;
    if (relation === 'parent')
      claim(isChild && span.traceId === enqueue?.traceId, about('is no child of its enqueue span'));
    else claim(span.parentSpanId === undefined, about('is no root'));
    const enqueued = span.links.filter(({ attributes }) => attributes?.['link.reason'] === 'enqueued_by');
    claim(
      enqueued.length === (relation === 'link' ? 1 : 0),
      about(`has ${enqueued.length} links to an enqueue span`),
    );
    for (const link of enqueued)
      claim(link.spanId === enqueue?.spanId, about('is linked to another enqueue span'));

    const verdict = told[i];
    const previous = span.links.filter(
      ({ attributes }) => attributes?.['link.reason'] === 'previous_attempt',
    );
    const expected = verdict && remembered(traits, wanted, job, told, i) ? [attempts[i - 1]] : [];
    claim(
      previous.map(({ spanId }) => spanId).join() === expected.map((before) => before?.spanId).join(),
      about(`has ${previous.length} links to attempts before, or to wrong ones; ${expected.length} expected`),
    );
    for (const link of previous) {
      const number = link.attributes?.['job.attempt.number'];
      const before = told[i - 1]?.attempt.number;
      claim(number === before, about(`says that the attempt before was ${number}, and it was ${before}`));
    }
    if (wanted.tellsPrevious !== false) comparePrevious(span, expected[0], claim, about);
    claim(span.links.length === enqueued.length + previous.length, about('has links without a reason'));
  }
}

/** The attempt before is also named by attributes: Jaeger keeps none of a link. */
function comparePrevious(
  span: ReceivedSpan,
  before: ReceivedSpan | undefined,
  claim: Case['claim'],
  about: (text: string) => () => string,
): void {
  const isElsewhere = before !== undefined && before.traceId !== span.traceId;
  const expected = {
    'job.previous_attempt.span_id': before?.spanId,
    'job.previous_attempt.trace_id': isElsewhere ? before.traceId : undefined,
  };
  for (const [key, value] of Object.entries(expected))
    claim(span.attributes[key] === value, about(`has ${key}=${span.attributes[key]}, not ${value}`));
}

/** Ticks of a schedule grow no trace: each has one of its own, which is not that of who made the schedule. */
export function compareTraces({ spans, wanted: { apart }, claim }: Case): void {
  if (apart === undefined) return;
  const jobs = new Map<string, Set<unknown>>();
  for (const { traceId, attributes } of spans) {
    const id = attributes['job.id'];
    if (id !== undefined) jobs.set(traceId, (jobs.get(traceId) ?? new Set()).add(id));
  }
  claim(!jobs.has(apart), () => 'a tick is in the trace of who made the schedule');
  for (const ids of jobs.values()) claim(ids.size === 1, () => `the ticks ${[...ids]} share a trace`);
}

/** What a process remembers: an attempt that it had seen end, by a failure or a loss; no start that was none. */
function remembered(
  traits: Traits,
  wanted: Wanted,
  job: LedgerJob,
  told: readonly Verdict[],
  i: number,
): boolean {
  const [before, now] = [told[i - 1], told[i]];
  if (!before || !now || before.outcome === 'deferred') return false;
  if (wanted.linked !== 'everywhere' && before.attempt.pid !== now.attempt.pid) return false;
  if (before.attempt.to === undefined || before.attempt.to > now.attempt.from) return false;
  const isSameLife = job.lives.some(
    ({ attempts }) => attempts.includes(before.attempt) && attempts.includes(now.attempt),
  );
  return isSameLife || traits.linksAcrossLives;
}
