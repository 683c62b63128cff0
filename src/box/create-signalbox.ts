import { settleAll, withDeadline } from '../delivery/deadline.js';
import type { Port, QueueSize } from '../delivery/destination.js';
import { environment } from '../signal/environment.js';
import { tellWatcher } from '../telemetry/box-watcher.js';
import { createInstrumentation } from '../telemetry/instrumentation.js';
import { observeSelf } from '../telemetry/self-metrics.js';
import { assemble } from './assemble.js';
import type { Binding, Give } from './bound-boxes.js';
import { boundBox } from './bound-boxes.js';
import { CORE } from './core.js';
import { createCore } from './create-core.js';
import { timeoutOf } from './deadline-options.js';
import { describe } from './describe.js';
import { installExitHandlers } from './exit-handlers.js';
import { flushBeforeExit } from './flush-before-exit.js';
import type { SignalboxOptions } from './options.js';
import { Untold } from './pending-work.js';
import type { ShutdownReport } from './shutdown-report.js';
import { reportOf } from './shutdown-report.js';
import type { Signalbox } from './signalbox.js';

/**
 * Creates a box.
 *
 * @param options Destinations, routes, limits. Default: every signal goes through the app's own global OpenTelemetry providers. The box finds
 * them whenever they start.
 * @returns The box. Export it from one module of the app.
 * @throws {SignalboxError} On misuse (an unknown destination in a route, a signal defined twice, a bad limit, …). The message names
 * the value and the fix. Later only configuration throws: `route()`, `setRoutes()`, `setLevel()`, `installExitHandlers()` and setting `level`.
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
  const give: Give = (signal, fields, emitOptions, receipts, bound) => {
    try {
      if (receipts && state !== 'open') receipts.emit = state;
      if (state === 'open') emitter.emit(signal, fields, emitOptions, receipts, bound);
      else if (state === 'closed') {
        counts.closed++;
        try {
          parts.report('closed', 'the box is shut down: it refuses and counts further emits');
        } catch {
          // The emit is counted already: the outer catch must not count it again.
        }
      }
    } catch {
      // The stack is exhausted: the call that threw has counted nothing, and no further call is possible.
      counts.error++;
    }
  };
  const watched = (routes: boolean): Give => parts.development?.watch(give, routes) ?? give;
  const { rules, report, attributes } = parts;
  const binding: Binding = { give: watched(true), counts, rules, values: emitter.values, report };
  const untold = new Untold();
  const core = createCore(parts, binding, watched(false), () => state !== 'disabled', untold);
  // A counter may not fall, but `settle` may lower `unrouted`: the metric keeps the highest value.
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
        return [['unrouted', unrouted], ['silenced', counts.silenced], ...counts.refused];
      },
    },
    core.observe,
  );

  const stopFlushing = state === 'open' ? flushBeforeExit(ports, untold, parts.report) : undefined;

  let stopHandling: (() => void) | undefined;

  const box = Object.freeze<Signalbox<D | 'otel'>>({
    ...boundBox(binding, attributes),
    [CORE]: core,
    route: (route) => parts.routes.add(route),
    setRoutes: (routes) => parts.routes.set(routes),
    get level() {
      return parts.router.levels.at('*');
    },
    set level(given) {
      parts.routes.setLevel('box.level', '*', given);
    },
    setLevel: (signals, given) => parts.routes.setLevel('setLevel', signals, given),
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
  tellWatcher(box.describe);
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
