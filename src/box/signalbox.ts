import type { Route } from '../routing/route.js';
import type { RouteData } from '../routing/route-data.js';
import type { NoFields } from '../signal/field.js';
import type { LevelMethod } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import type { Signal } from '../signal/signal.js';
import type { Instrumentation } from '../telemetry/instrumentation.js';
import type { WithCore } from './core.js';
import type { DeadlineOptions } from './deadline-options.js';
import type { Description } from './describe.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { DurableEmitOptions } from './emit-durably.js';
import type { EmitOptions } from './emit-options.js';
import type { ExitHandlerOptions } from './exit-handlers.js';
import type { ShutdownReport } from './shutdown-report.js';
import type { Stats } from './stats.js';

/** The arguments of `emit` behind the signal: fields may be left out where all are optional. */
export type EmitArguments<V, O = EmitOptions> = [keyof V] extends [never]
  ? [fields?: NoFields, options?: O]
  : Record<never, never> extends V
    ? [fields?: V, options?: O]
    : [fields: V, options?: O];

type LevelMethods = {
  /**
   * A plain level record: no event name, no span event, no metric. Fields are taken as they come. An error in the place of the message
   * gives its own message and is the field `error`; so is one in the place of the fields: `box.error(error)`, `box.error(error, { job })`,
   * `box.error('it broke', error)`. Never throws.
   */
  readonly [S in Severity]: LevelMethod;
};

/** A configured box: where signals are given and routes are set. `D` are the names of its destinations. */
export interface Signalbox<D extends string = string> extends LevelMethods, WithCore {
  /**
   * Gives a signal: its log record, its event on the active span, its metrics and its sinks, as routes say. Never throws.
   *
   * @param signal Made by `defineSignal`.
   * @param fields Its values; what is wrong or missing does not compile, and is dropped and counted at run time.
   * @param options Severity, message or context for this emit alone.
   */
  emit<V extends object>(signal: Signal<V>, ...args: EmitArguments<NoInfer<V>>): void;
  /**
   * Gives a signal as `emit` does, to all its destinations, and answers when each durable one among them (a sink that says
   * {@link SinkFunction.durable | durable}) has acknowledged it or will not, or at the deadline. What a destination acknowledges later is
   * counted as delivered all the same. Never rejects.
   *
   * @param signal Made by `defineSignal`.
   * @param fields Its values.
   * @param options As those of `emit`, and `timeoutMillis`: how long to wait, in milliseconds; default 5000.
   * @returns Whether the signal is safe, with whom, and why not with others.
   *
   * @example
   * ```ts
   * import { createSignalbox, defineSignal, field } from 'signalbox';
   * import { auditFile } from 'signalbox/sinks';
   *
   * const REPORT_READ = defineSignal('REPORT_READ', { fields: { report: field.id() } });
   * const box = createSignalbox({ destinations: { audit: auditFile({ path: 'audit.jsonl' }) } });
   *
   * const { durable, missing } = await box.emitDurably(REPORT_READ, { report: 'r-7' }, { timeoutMillis: 2_000 });
   * if (!durable) console.error('the audit trail may lack this', missing);
   * ```
   */
  emitDurably<V extends object>(
    signal: Signal<V>,
    ...args: EmitArguments<NoInfer<V>, DurableEmitOptions>
  ): Promise<DurableOutcome>;
  /** Adds a route while running. Returns its undo. Throws a {@link SignalboxError} on misuse: it is configuration. */
  route(route: Route<D>): () => void;
  /**
   * Replaces the routes that were given at construction, or set since, by plain data, as it stands in a JSON file: all at once, so that each emit
   * goes by the old ones or by the new. Routes that `route()` added stay until their own undo.
   *
   * @param routes Names and patterns of signals, destinations by name. Conditions are functions: `route()` adds them.
   * @returns The undo: it puts back what was replaced, and does nothing once other routes are set.
   * @throws {SignalboxError} When one is not valid: the message says which part of which route and the fix, as in
   * `setRoutes, at routes[2].to: A route goes to 'conosle', which is no destination. Did you mean 'console'?`. Then nothing changes.
   *
   * @example
   * ```ts
   * import { createSignalbox } from 'signalbox';
   * const box = createSignalbox({ destinations: { console: (emission) => console.log(emission.message) } });
   * box.setRoutes(JSON.parse('[{ "signals": "*", "to": "otel" }, { "minSeverity": "error", "to": "console" }]'));
   * ```
   */
  setRoutes(routes: readonly RouteData[]): () => void;
  /** What became of everything, at this moment. */
  stats(): Stats;
  /** What is wired, and its problems; `String(box.describe())` prints it. */
  describe(): Description;
  /** Settles when all that was emitted so far has an outcome, or at the deadline (default 5000 ms). Never rejects. */
  forceFlush(options?: DeadlineOptions): Promise<void>;
  /**
   * Flushes and closes all destinations at once, within the deadline (default 5000 ms), and says what was not delivered. The app's
   * own SDK is flushed, never shut down. Emits afterwards are counted `closed`. Never rejects; later calls give the same promise.
   */
  shutdown(options?: DeadlineOptions): Promise<ShutdownReport>;
  /**
   * Has the box send what it has before its process ends by a signal or a crash, with a last record of that: `SIGTERM received`, or
   * `uncaught exception` with the error. Then the process ends as it would have: by the signal, or as Node.js does, which prints the
   * error. Where the app listens to the signal or to `uncaughtException` itself, the box is flushed and the end is the app's. A second
   * `SIGINT` ends at once. Never done unasked; all boxes of a process share one handler; a later call replaces the earlier one.
   *
   * @param options Which signals, whether crashes, and how long it may take.
   * @returns The undo. It is done too when the box is shut down.
   * @throws {SignalboxError} When an option is none of the values it can have.
   */
  installExitHandlers(options?: ExitHandlerOptions): () => void;
  /** Makes everything a no-op, for good. `OTEL_SDK_DISABLED=true` does the same at construction. */
  disable(): void;
  /** For `NodeSDK({ instrumentations: [box.instrumentation()] })`: hands the box the SDK's providers where they are not global. */
  instrumentation(): Instrumentation;
}
