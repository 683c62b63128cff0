import type { ValueCounts, ValueRules } from '../emission/value.js';
import type { BoxClock } from '../telemetry/clock.js';
import type { SpanEvents } from '../telemetry/span-events.js';
import type { KnownParts } from './known-signals.js';
import type { TargetParts } from './target.js';

/** The parts that an emitter needs. */
export interface EmitterParts extends TargetParts, KnownParts {
  readonly spanEvents: SpanEvents | undefined;
  /** Whether the span event bridge makes the span events. */
  readonly bridged: boolean;
  readonly clock: BoxClock;
  readonly rules: ValueRules;
  /** Counts dropped, replaced and cut values. */
  readonly values: ValueCounts;
  readonly depth: number;
}
