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

/** A configured box. It emits signals, as {@link BoundBox} does, and routes them. `D` is the names of its destinations. */
export interface Signalbox<D extends string = string> extends BoundBox, WithCore {
  /** Adds a route at run time. Returns its undo. Throws a {@link SignalboxError} on misuse, because it is configuration. */
  route(route: Route<D>): () => void;
  /**
   * Replaces the routes of the construction, or those of the last call, by plain data, for example from a JSON file. All routes change at once:
   * each emit uses either the old ones or the new ones. Routes that `route()` added stay until their own undo.
   *
   * @param routes Names and patterns of signals, destinations by name. Conditions are functions: `route()` adds them.
   * @returns The undo, which restores the replaced routes. Undos may come in any order: the last set routes that are not undone apply.
   * @throws {SignalboxError} When a route is not valid. The message names the part of the route and the fix, as in
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
   * The lowest severity that leaves; `'trace'` by default. It can be set at run time. The box silences emits below it: they make no record, span
   * event or emission, and count in `stats().silenced`; their metrics are still recorded. Setting a value that is not a level throws a
   * {@link SignalboxError}.
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
   * Sets the level of some signals only. If several patterns match a signal, the longest (without `*`) decides.
   *
   * @param signals A signal, its name, or a name pattern (`*` stands for any run of characters).
   * @param level The lowest severity that leaves; `'off'` silences all of them.
   * @returns The undo, which restores the replaced level. Undos may come in any order: the last set level of a pattern that is not undone
   * applies.
   * @throws {SignalboxError} When an argument is not valid.
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
  /** The present accounts of all destinations and emits. */
  stats(): Stats;
  /** The destinations, routes and levels, and their problems. `String(box.describe())` is the text. */
  describe(): Description;
  /** Resolves when every earlier emit has an outcome, or at the deadline (default 5000 ms). Never rejects. */
  forceFlush(options?: DeadlineOptions): Promise<void>;
  /**
   * Flushes and closes all destinations in parallel, within the deadline (default 5000 ms), and reports what was not delivered. It flushes the
   * app's own SDK but never shuts it down. Later emits count as `closed`. Never rejects. Later calls return the same promise.
   */
  shutdown(options?: DeadlineOptions): Promise<ShutdownReport>;
  /**
   * Installs handlers that send pending telemetry before the process ends by a signal or a crash. A last record says why: `SIGTERM received`, or
   * `uncaught exception` with the error. Then the process ends as it would without signalbox: by the signal, or as Node.js ends it, which prints
   * the error. If the app itself listens to the signal or to `uncaughtException`, the handlers only flush the box, and the app decides on the
   * end. A second `SIGINT` ends the process at once. signalbox never installs handlers on its own. All boxes of a process share one handler. A
   * later call replaces the earlier one.
   *
   * @param options The process signals, whether to handle crashes, and the deadline.
   * @returns The undo. A shutdown of the box undoes it too.
   * @throws {SignalboxError} When an option is not valid.
   */
  installExitHandlers(options?: ExitHandlerOptions): () => void;
  /** Makes the box a no-op for good. `OTEL_SDK_DISABLED=true` does the same at construction. */
  disable(): void;
  /** For `NodeSDK({ instrumentations: [box.instrumentation()] })`: hands the SDK's providers to the box if they are not global. */
  instrumentation(): Instrumentation;
}
