import type { HrTime, Span } from '@opentelemetry/api';
import type { Report } from '../delivery/report.js';
import { NOTHING_REVEALED } from '../emission/reveal.js';
import type { Snapshot } from '../emission/snapshot.js';
import { swallow } from '../emission/swallow.js';
import type { SpanEvents } from '../telemetry/span-events.js';
import { beyondSpan } from '../telemetry/span-events.js';
import type { Target } from './target.js';

/** What became of an event on a span. */
type Outcome = 'added' | 'full' | 'failed';

/**
 * Puts one emission on its span as an event, and counts it for each destination that wants it there: the span is shared by all who get it.
 *
 * @param says The attributes that the span says itself.
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
    // A promise is no yes.
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
    report('span_full', 'a span has all the events that it may have: the rest is counted');
  else if (outcome === 'failed') report('spanEvents:threw', 'the active span threw on addEvent', cause);
}
