import type { Context, ContextManager } from '@opentelemetry/api';
import { context, diag, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { broken, play, UNTROUBLED } from '../../promises/app.js';
import { hostile, trouble } from '../../promises/hostile.js';
import { startOtel } from '../../support/otel.js';
import type { Fault, Group } from '../fault.js';
import type { Stage } from '../stage/stage.js';

const N = 500;
/** A timer that the SDK sets in `forceFlush`. */
const SDK_FLUSH = /node_modules\/@opentelemetry\/(sdk-\w+|core)\//;

/**
 * A fault of what the app brings of OpenTelemetry. An app runs through all of the API: each of its functions runs once and gives what it
 * gives without telemetry; then it emits, to a sink that is sound and to its own providers.
 */
function app(
  name: string,
  injected: string,
  inject: (stage: Stage) => unknown,
  check?: (stage: Stage, box: Signalbox<string>) => void,
): Fault {
  return {
    name,
    injected,
    holds:
      'Each function of the app runs once, with the same result as without telemetry. A sink loses nothing.',
    async run(stage) {
      await inject(stage);
      try {
        const seen = await play(createSignalbox({ destinations: { one: () => undefined } }));
        const plain = (all: Readonly<Record<string, unknown>>): object =>
          Object.fromEntries(
            Object.entries(all).map(([key, value]) => [key, value === broken ? 'broken' : value]),
          );
        stage.equal('what ran', seen.ran, UNTROUBLED.ran);
        stage.equal('what came', plain(seen.came), plain(UNTROUBLED.came));
      } catch (error) {
        stage.threw(error);
      }
      const scene = stage.open({
        destinations: { sound: (emission) => stage.arrivals('sound').take(emission.fields.n) },
      });
      scene.emit(N);
      await scene.end(3000);
      const { delivered } = scene.counts('sound');
      const refused = Object.values(scene.box.stats().refused).reduce((sum, n) => sum + n, 0);
      stage.equal('what has an outcome', delivered + refused, N);
      check?.(stage, scene.box as Signalbox<string>);
      for (const api of [trace, metrics, logs, context, propagation, diag]) api.disable();
    },
  };
}

/** Has every look at a global of OpenTelemetry's end in a throw. */
const throwing = (): object => new Proxy({}, { get: () => hostile });

const quiet = { forceFlush: async () => undefined, shutdown: async () => undefined };
const base: ContextManager = {
  active: () => ROOT_CONTEXT,
  with: ((_: Context, fn: (...args: unknown[]) => unknown, self: unknown, ...args: unknown[]) =>
    fn.apply(self, args)) as never,
  bind: (_, target) => target,
  enable: () => base,
  disable: () => base,
};

const diags: readonly Fault[] = [
  app('diag-throws', 'The diag logger throws.', () => {
    diag.setLogger({ error: hostile, warn: hostile, info: hostile, debug: hostile, verbose: hostile });
    startOtel({ logProcessors: [{ ...quiet, onEmit: trouble }] });
  }),
  app('diag-rejects', 'The diag logger is async, and rejects.', () => {
    const rejects = (async () => {
      throw new Error('no');
    }) as never;
    diag.setLogger({ error: rejects, warn: rejects, info: rejects, debug: rejects, verbose: rejects });
    startOtel({ logProcessors: [{ ...quiet, onEmit: trouble }] });
  }),
  app('diag-emits', 'The diag logger emits to a box whose sink throws.', () => {
    const box = createSignalbox({ destinations: { sick: trouble } });
    const emits = (): void => box.error('told');
    diag.setLogger({ error: emits, warn: emits, info: emits, debug: emits, verbose: emits });
    startOtel({ logProcessors: [{ ...quiet, onEmit: trouble }] });
  }),
];

const managers: readonly Fault[] = [
  app('context-manager-throws', 'The `active`, `with` and `bind` of the context manager throw.', () => {
    startOtel({ contextManager: { ...base, active: hostile, with: hostile, bind: hostile } });
  }),
  app(
    'context-manager-calls-nothing',
    'The `with` of the context manager does not call the function that it is given.',
    (stage) => {
      stage.mayLeave(SDK_FLUSH, "the SDK's own flush waits 30 s for what was never called");
      startOtel({ contextManager: { ...base, with: (() => undefined) as never } });
    },
  ),
  app(
    'context-manager-calls-twice',
    'The `with` of the context manager calls its function argument twice.',
    () => {
      startOtel({
        contextManager: {
          ...base,
          with: ((_: Context, fn: (...args: unknown[]) => unknown, self: unknown, ...args: unknown[]) => {
            fn.apply(self, args);
            return fn.apply(self, args);
          }) as never,
        },
      });
    },
  ),
  app('active-context-is-none', 'The active context is a number and a revoked Proxy, in turn.', () => {
    let nth = 0;
    startOtel({
      contextManager: { ...base, active: () => (nth++ % 2 ? 5 : Proxy.revocable({}, {}).proxy) as never },
    });
  }),
];

const pipelines: readonly Fault[] = [
  app('no-sdk', 'The app has no SDK.', () => undefined),
  app(
    'log-processor-throws',
    'A log processor throws.',
    () => startOtel({ logProcessors: [{ ...quiet, onEmit: hostile }] }),
    (stage, box) => stage.equal('handed over', box.stats().destinations.otel?.channels.logs?.handedOver, 0),
  ),
  app('span-processor-throws', 'A span processor throws when spans start and end.', () =>
    startOtel({ spanProcessors: [{ ...quiet, onStart: hostile, onEnd: hostile }] }),
  ),
  app('sampler-throws', 'The sampler throws.', () => startOtel({ sampler: { shouldSample: hostile } })),
  app('propagator-throws', 'The propagator throws when it injects and extracts.', () =>
    startOtel({ propagator: { inject: hostile, extract: hostile, fields: () => [] } }),
  ),
  app('flush-hangs', 'The `forceFlush` of the log and span processors never settles.', (stage) => {
    stage.mayLeave(SDK_FLUSH, "the SDK's own flush waits 30 s for its processors");
    const never = (): Promise<void> => new Promise(() => undefined);
    startOtel({
      logProcessors: [{ onEmit: () => undefined, forceFlush: never, shutdown: never }],
      spanProcessors: [
        { onStart: () => undefined, onEnd: () => undefined, forceFlush: never, shutdown: never },
      ],
    });
  }),
  app('sdk-ends-first', "The app's SDK is shut down before the box.", async () => {
    await startOtel().shutdown();
  }),
  app('providers-throw', 'Every use of a registered provider throws.', () => {
    trace.setGlobalTracerProvider(throwing() as never);
    metrics.setGlobalMeterProvider(throwing() as never);
    logs.setGlobalLoggerProvider(throwing() as never);
  }),
  app('logger-rejects', "The app's logger and its instruments return rejected promises.", () => {
    const rejects = (): Promise<never> => Promise.reject(new Error('no'));
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: rejects, enabled: () => true }) } as never);
    const instrument = { add: rejects, record: rejects };
    const make = (): object => instrument;
    metrics.setGlobalMeterProvider({
      getMeter: () => ({
        createCounter: make,
        createUpDownCounter: make,
        createHistogram: make,
        createGauge: make,
        createObservableGauge: () => ({ addCallback: rejects, removeCallback: rejects }),
        createObservableCounter: () => ({ addCallback: rejects, removeCallback: rejects }),
        createObservableUpDownCounter: () => ({ addCallback: rejects, removeCallback: rejects }),
        addBatchObservableCallback: rejects,
        removeBatchObservableCallback: rejects,
      }),
    } as never);
  }),
  app('views-throw', 'An attribute processor of a view throws.', () =>
    startOtel({ views: [{ instrumentName: '*', attributesProcessors: [{ process: hostile }] }] as never }),
  ),
];

const globals: readonly Fault[] = [
  app(
    'list-prototype-grown',
    'The app has put enumerable methods on the prototypes of arrays and functions.',
    (stage) => {
      for (const prototype of [Array.prototype, Function.prototype]) {
        Object.defineProperty(prototype, 'sick', { value: trouble, enumerable: true, configurable: true });
        stage.atEnd(() => Reflect.deleteProperty(prototype, 'sick'));
      }
    },
  ),
  app(
    'primordials-frozen',
    'The app has frozen the prototypes of objects, arrays, functions, promises and other built-ins.',
    () => {
      for (const holder of [Object, Array, Function, Promise, Map, Set, Error])
        Object.freeze(holder.prototype);
    },
  ),
  app(
    'microtasks-replaced',
    'After the library is loaded, the app replaces `queueMicrotask` and `structuredClone` with functions that throw.',
    (stage) => {
      const real = { queueMicrotask, structuredClone };
      Object.assign(globalThis, { queueMicrotask: trouble, structuredClone: trouble });
      stage.atEnd(() => Object.assign(globalThis, real));
    },
  ),
];

export const apps: Group = {
  name: 'apps',
  about:
    "Parts that the app brings: diag, context manager, propagator, providers, globals. The SDK is OpenTelemetry's own, with the fault in it.",
  faults: [...diags, ...managers, ...pipelines, ...globals],
};
