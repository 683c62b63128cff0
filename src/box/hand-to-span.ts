import type { HrTime, Span } from '@opentelemetry/api';
import type { Report } from '../delivery/report.js';
import { NOTHING_REVEALED } from '../emission/reveal.js';
import type { Snapshot } from '../emission/snapshot.js';
import { swallow } from '../emission/swallow.js';
import type { SpanEvents } from '../telemetry/span-events.js';
import { beyondSpan } from '../telemetry/span-events.js';
import type { Target } from './target.js';

/** The outcome of an event on a span. */
type Outcome = 'added' | 'full' | 'failed';

/**
 * Adds one emission to its span as an event. Counts it for each destination of the event, because all of them share the span.
 *
 * @param says Attribute keys that the span has already.
 */
export function handToSpan(
  targets: readonly Target[],
  snapshot: Snapshot,
  says: unknown,
  span: Span,
  time: HrTime,
  spanEvents: SpanEvents,
  report: Report,
): void {
  const { signal } = snapshot.schema;
  let outcome: Outcome = 'failed';
  let cause: unknown;
  try {
    const recording: unknown = span.isRecording();
    // A promise, which is truthy, does not count as true.
    if (swallow(recording) || !recording) return;
    const lifecycle = signal.spanEvents === 'lifecycle';
    const attributes = beyondSpan(snapshot.attributes(NOTHING_REVEALED), says);
    outcome = spanEvents.add(span, signal.event, attributes, time, lifecycle) ? 'added' : 'full';
  } catch (error) {
    cause = error;
  }
  for (const { account } of targets) {
    if (outcome === 'added') account.handedOver();
    else if (outcome === 'full') account.dropped('span_full');
    else account.failed();
    account.arrived++;
  }
  if (outcome === 'full')
    report('span_full', 'a span has reached its limit: the box drops and counts further events');
  else if (outcome === 'failed') report('spanEvents:threw', 'the active span threw on addEvent', cause);
}
