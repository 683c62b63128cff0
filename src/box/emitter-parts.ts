import type { Report } from '../delivery/report.js';
import type { ValueRules } from '../emission/value.js';
import type { Router } from '../routing/router.js';
import type { BoxClock } from '../telemetry/clock.js';
import type { Instruments } from '../telemetry/instruments.js';
import type { SpanEvents } from '../telemetry/span-event.js';
import type { TargetParts } from './target.js';

/** What an emitter works with. */
export interface EmitterParts extends TargetParts {
  readonly router: Router;
  readonly instruments: Instruments;
  readonly spanEvents: SpanEvents | undefined;
  /** What is fed by no signal goes there. */
  readonly otherTelemetry: string;
  /** All signals were declared to the box. */
  readonly declared: boolean;
  /** Span events are left to a bridge. */
  readonly bridged: boolean;
  readonly clock: BoxClock;
  readonly rules: ValueRules;
  readonly depth: number;
  readonly report: Report;
}
