import type { Account, Channel } from '../delivery/account.js';
import type { Port } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { ValueRules } from '../emission/value.js';
import type { Router } from '../routing/router.js';
import type { BoxClock } from '../telemetry/clock.js';
import type { Instruments } from '../telemetry/instruments.js';
import type { SpanEvents } from '../telemetry/span-event.js';
import type { SpanRoutes } from '../telemetry/span-routes.js';

/** What an emitter works with. */
export interface EmitterParts {
  readonly router: Router;
  readonly ports: ReadonlyMap<string, Port>;
  readonly account: (destination: string, channel: Channel) => Account;
  /** What stands for a destination, whatever others of its name there are in other boxes. */
  readonly identity: (destination: string) => object;
  readonly instruments: Instruments;
  readonly spanEvents: SpanEvents | undefined;
  readonly spanRoutes: SpanRoutes;
  /** What is fed by no signal goes there. */
  readonly fallback: string;
  /** All signals were declared to the box. */
  readonly declared: boolean;
  /** Span events are left to a bridge. */
  readonly bridged: boolean;
  readonly clock: BoxClock;
  readonly rules: ValueRules;
  readonly depth: number;
  readonly report: Report;
}
