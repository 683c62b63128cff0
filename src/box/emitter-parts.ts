import type { ValueCounts, ValueRules } from '../emission/value.js';
import type { BoxClock } from '../telemetry/clock.js';
import type { SpanEvents } from '../telemetry/span-events.js';
import type { KnownParts } from './known-signals.js';
import type { TargetParts } from './target.js';

/** What an emitter works with. */
export interface EmitterParts extends TargetParts, KnownParts {
  readonly spanEvents: SpanEvents | undefined;
  /** Span events are left to a bridge. */
  readonly bridged: boolean;
  readonly clock: BoxClock;
  readonly rules: ValueRules;
  /** Where values that were not what they should be are counted. */
  readonly values: ValueCounts;
  readonly depth: number;
}
