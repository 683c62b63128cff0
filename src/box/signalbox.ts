import type { Route } from '../routing/route.js';
import type { RouteData } from '../routing/route-data.js';
import type { Level } from '../signal/level-rules.js';
import type { AnySignal } from '../signal/signal.js';
import type { Instrumentation } from '../telemetry/instrumentation.js';
import type { BoundBox } from './bound-box.js';
import type { WithCore } from './core.js';
import type { DeadlineOptions } from './deadline-options.js';
import type { Description } from './describe.js';
import type { ExitHandlerOptions } from './exit-handlers.js';
import type { ShutdownReport } from './shutdown-report.js';
import type { Stats } from './stats.js';

/** A configured box: where signals are given, as in {@link BoundBox}, and routes are set. `D` are the names of its destinations. */
export interface Signalbox<D extends string = string> extends BoundBox, WithCore {
  /** Adds a route while running. Returns its undo. Throws a {@link SignalboxError} on misuse: it is configuration. */
  route(route: Route<D>): () => void;
  /**
   * Replaces the routes that were given at construction, or set since, by plain data, as it stands in a JSON file: all at once, so that each emit
   * goes by the old ones or by the new. Routes that `route()` added stay until their own undo.
   *
   * @param routes Names and patterns of signals, destinations by name. Conditions are functions: `route()` adds them.
   * @returns The undo: it puts back what was replaced. Undos may come in any order: those routes hold that were set last and are not undone.
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
  /**
   * How severe a signal has to be so that it leaves; `'trace'` where nothing else was said. It may be set while running. What is below is
   * silenced: no record, span event or sink has it, it is counted in `stats().silenced`, and its metrics are recorded all the same. Set to what
   * is no level, it throws a {@link SignalboxError}.
   *
   * @example
   * ```ts
   * import { createSignalbox } from 'signalbox';
   * const box = createSignalbox({ level: 'info' });
   * box.level = 'debug';
   * ```
   */
  level: Level;
  /**
   * Sets the level of some signals, whatever that of the others is. Where several patterns take a signal, the one with the most letters
   * decides.
   *
   * @param signals A signal, its name, or a name pattern (`*` stands for any run of characters).
   * @param level Which severity they need at least; `'off'` silences all of them.
   * @returns The undo: it puts back what was replaced. Undos may come in any order: of a pattern the level holds that was set last and is not
   * undone.
   * @throws {SignalboxError} When one of them is not valid.
   *
   * @example
   * ```ts
   * import { createSignalbox } from 'signalbox';
   * const box = createSignalbox({ level: 'info' });
   * const undo = box.setLevel('JOB_*', 'debug');
   * setTimeout(undo, 60_000).unref();
   * ```
   */
  setLevel(signals: AnySignal | string, level: Level): () => void;
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
