import type { Case } from './case.js';
import { ERROR, isAttempt, isEnqueue } from './case.js';
import { verdictsOf } from './verdict.js';

/** One span for each handler call, with a link to the enqueue span of each of its jobs. */
export function compareBatches(part: Case): void {
  const { ledger, spans, logs, claim, traits } = part;
  const batches = new Map<number, string[]>();
  const failed = new Set<number>();
  for (const job of ledger.jobs.values()) {
    for (const { attempt, outcome } of verdictsOf(job)) {
      if (attempt.batch === undefined) continue;
      batches.set(attempt.batch, [...(batches.get(attempt.batch) ?? []), job.id]);
      if (outcome === 'failed') failed.add(attempt.batch);
    }
  }
  const found = spans.filter((span) => isAttempt(span) && span.attributes['job.id'] === undefined);
  claim(
    found.length === batches.size,
    () => `there are ${found.length} spans of batches, not ${batches.size}`,
  );
  const enqueues = new Map(
    spans.filter(isEnqueue).map((span) => [span.spanId, String(span.attributes['job.id'])]),
  );
  const linked = found.map(({ links }) =>
    links
      .filter(({ attributes }) => attributes?.['link.reason'] === 'enqueued_by')
      .map(({ spanId }) => enqueues.get(spanId) ?? 'an enqueue that was not told')
      .sort()
      .join(),
  );
  // Where nothing carries a context, the records say which jobs a batch has.
  const started = found.map(({ spanId }) =>
    logs
      .filter((log) => log.eventName === 'job.started' && log.spanId === spanId)
      .map(({ attributes }) => String(attributes['job.id']))
      .sort()
      .join(),
  );
  const told = traits.carries === false ? started : linked;
  if (traits.carries === false)
    claim(linked.join('') === '', () => `there are batches that are linked to jobs: ${linked}`);
  for (const [number, ids] of batches) {
    const at = told.indexOf([...ids].sort().join());
    claim(at >= 0, () => `no batch has the jobs ${ids}; there are ${told.join(' and ')}`);
    const span = found[at];
    if (!span) continue;
    told[at] = 'taken';
    const count = span.attributes['messaging.batch.message_count'];
    claim(count === ids.length, () => `the batch of ${ids} is told to have ${count} jobs`);
    claim(
      (span.status === ERROR) === failed.has(number),
      () => `the batch of ${ids} has the status ${span.status}`,
    );
    claim(span.parentSpanId === undefined, () => `the batch of ${ids} is no root`);
  }
}
