import { settleAll, withDeadline } from '../delivery/deadline.js';
import type { Port, QueueSize } from '../delivery/destination.js';
import type { Route } from '../routing/route.js';
import { environment } from '../signal/environment.js';
import type { NoFields } from '../signal/field.js';
import type { LevelFields, LevelMethod } from '../signal/level.js';
import { levels } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import type { AnySignal, Signal } from '../signal/signal.js';
import type { Instrumentation } from '../telemetry/instrumentation.js';
import { createInstrumentation } from '../telemetry/instrumentation.js';
import { observeSelf } from '../telemetry/self-metrics.js';
import { assemble } from './assemble.js';
import type { WithCore } from './core.js';
import { CORE } from './core.js';
import { createCore } from './create-core.js';
import type { DeadlineOptions } from './deadline-options.js';
import { timeoutOf } from './deadline-options.js';
import type { Description } from './describe.js';
import { describe } from './describe.js';
import type { EmitOptions } from './emit-options.js';
import type { ExitHandlerOptions } from './exit-handlers.js';
import { installExitHandlers } from './exit-handlers.js';
import { flushBeforeExit } from './flush-before-exit.js';
import { levelArguments } from './level-arguments.js';
import type { SignalboxOptions } from './options.js';
import { Untold } from './pending-work.js';
import type { ShutdownReport } from './shutdown-report.js';
import { reportOf } from './shutdown-report.js';
import type { Stats } from './stats.js';

/** The arguments of `emit` behind the signal: fields may be left out where all are optional. */
export type EmitArguments<V> = [keyof V] extends [never]
  ? [fields?: NoFields, options?: EmitOptions]
  : Record<never, never> extends V
    ? [fields?: V, options?: EmitOptions]
    : [fields: V, options?: EmitOptions];

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
  /** Adds a route while running. Returns its undo. Throws a {@link SignalboxError} on misuse: it is configuration. */
  route(route: Route<D>): () => void;
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

/**
 * Creates a box.
 *
 * @param options Destinations, routes, limits. Default: every signal goes through the app's own global OpenTelemetry providers,
 * whenever they start.
 * @returns The box. Export it from one module of the app.
 * @throws {SignalboxError} On misuse (an unknown destination in a route, a signal defined twice, a bad limit, …): the message names
 * the value and the fix. Nothing throws afterwards but `route()`.
 * @see https://opentelemetry.io/docs/specs/otel/error-handling/
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 *
 * const ORDER_PLACED = defineSignal('ORDER_PLACED', { fields: { order_id: field.id(), total: field.number() } });
 * const box = createSignalbox({
 *   destinations: { console: (emission) => console.log(emission.message) },
 *   routes: [{ signals: '*', to: ['otel', 'console'] }],
 * });
 * box.emit(ORDER_PLACED, { order_id: 'o-1', total: 12 });
 * ```
 */
export function createSignalbox<const D extends string = never>(
  options?: SignalboxOptions<D>,
): Signalbox<D | 'otel'> {
  const parts = assemble(options);
  const { emitter, ports, ledger, providers, instruments } = parts;
  let state: 'open' | 'closed' | 'disabled' = disabledByEnvironment() ? 'disabled' : 'open';
  let closing: Promise<ShutdownReport> | undefined;

  const { counts } = emitter;
  const give = (signal: AnySignal, fields?: object, emitOptions?: EmitOptions): void => {
    try {
      if (state === 'open') emitter.emit(signal, fields, emitOptions);
      else if (state === 'closed') {
        counts.closed++;
        try {
          parts.report('closed', 'the box is shut down: what is emitted now is refused and counted');
        } catch {
          // It is counted, and must not be once more below.
        }
      }
    } catch {
      // There is no stack left: what threw has counted nothing, and nothing can be called any more.
      counts.error++;
    }
  };
  const level =
    (severity: Severity): LevelMethod =>
    (message, fields) => {
      try {
        const given = levelArguments(message, fields, parts.report);
        give(levels[severity], given.fields as LevelFields, { message: given.message as string });
      } catch {
        // There is no stack left, as in `give`.
      }
    };
  const untold = new Untold();
  const core = createCore(parts, give, () => state !== 'disabled', untold);
  // A counter may not fall: what was unrouted when it was told stays so there.
  let unrouted = 0;
  observeSelf(
    {
      counts: () => {
        emitter.settle();
        return ledger.counts();
      },
      queues: () => queuesOf(ports),
      lost: () => {
        unrouted = Math.max(unrouted, counts.unrouted);
        return [['unrouted', unrouted], ...counts.refused];
      },
    },
    core.observe,
  );

  const stopFlushing = state === 'open' ? flushBeforeExit(ports, untold, parts.report) : undefined;

  let stopHandling: (() => void) | undefined;

  const box = Object.freeze<Signalbox<D | 'otel'>>({
    [CORE]: core,
    emit: give as Signalbox<D | 'otel'>['emit'],
    trace: level('trace'),
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
    fatal: level('fatal'),
    route: (route) => {
      const [undo] = parts.addRoutes([route]);
      return undo as () => void;
    },
    stats: () => {
      emitter.settle();
      return ledger.stats(ports, counts, emitter.values);
    },
    describe: () => {
      emitter.settle();
      return describe(parts, state);
    },
    forceFlush: (given) =>
      withDeadline(
        timeoutOf('forceFlush', given, parts.report),
        (deadline) =>
          untold.flush(() => {
            emitter.settle();
            return settleAll(ports.values(), (port) => port.forceFlush(deadline));
          }),
        parts.report,
      ),
    shutdown: (given) => {
      closing ??= close(timeoutOf('shutdown', given, parts.report));
      return closing;
    },
    installExitHandlers: (given) => {
      const undo = installExitHandlers(box, given);
      stopHandling?.();
      if (state === 'open') stopHandling = undo;
      else undo();
      return undo;
    },
    disable: () => {
      state = 'disabled';
      stopFlushing?.();
      stopHandling?.();
      instruments.stop();
      parts.points.end();
      void settleAll(ports.values(), (port) =>
        port.shutdown({ timeoutMillis: 0, signal: AbortSignal.abort() }),
      );
    },
    instrumentation: () => createInstrumentation(providers, () => instruments.refresh()),
  });
  return box;

  async function close(timeoutMillis: number | undefined): Promise<ShutdownReport> {
    await withDeadline(
      timeoutMillis,
      async (deadline) => {
        const endsAt = performance.now() + deadline.timeoutMillis;
        if (!untold.isEmpty) await withDeadline(deadline.timeoutMillis / 2, () => untold.told());
        untold.end();
        if (state === 'open') state = 'closed';
        stopFlushing?.();
        emitter.settle();
        const left = { ...deadline, timeoutMillis: Math.max(0, endsAt - performance.now()) };
        await settleAll(ports.values(), (port) => port.shutdown(left));
      },
      parts.report,
    );
    instruments.stop();
    parts.points.end();
    stopHandling?.();
    return reportOf(
      [...ledger.counts()].map(([name, , counts]) => [name, counts] as const),
      counts.refused,
    );
  }
}

function* queuesOf(ports: ReadonlyMap<string, Port>): Generator<readonly [string, QueueSize]> {
  for (const [name, port] of ports) {
    const queue = port.queue?.();
    if (queue) yield [name, queue];
  }
}

function disabledByEnvironment(): boolean {
  return environment().OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
}
