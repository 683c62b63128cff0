import { runInNewContext } from 'node:vm';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { BatchOptions } from 'signalbox/sdk';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { hostile, unreadable } from '../../promises/hostile.js';
import type { SickOptions, Taking } from '../doubles/exporter.js';
import { SickExporter } from '../doubles/exporter.js';
import type { Fault, Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import { NUMBERED } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 2000;
const QUICK: BatchOptions = { size: 100, delayMillis: 5, timeoutMillis: 100 };
/** Where all is to be answered, however busy the machine is. */
const PATIENT: BatchOptions = { ...QUICK, timeoutMillis: 20_000 };
const never = (): Promise<undefined> => new Promise(() => undefined);
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));
const good = { code: 0 };
const bad = { code: 1, error: new Error('no') };

/** A box with one sick log exporter and one that is sound. */
function withExporter(
  stage: Stage,
  taking?: Taking,
  { options, batch }: { readonly options?: SickOptions; readonly batch?: BatchOptions } = {},
): Scene<'sick' | 'sound'> {
  const sick = new SickExporter(stage.arrivals('sick'), taking, options);
  const sound = new SickExporter(stage.arrivals('sound'));
  return stage.open({
    destinations: {
      sick: exporters({ logs: sick, batch: { ...(options?.late ? QUICK : PATIENT), ...batch } }),
      sound: exporters({ logs: sound, batch: PATIENT }),
    },
  });
}

/** A fault of a log exporter, beside one that is sound. */
function logs(
  name: string,
  injected: string,
  holds: string,
  taking: Taking,
  check?: (stage: Stage, scene: Scene<'sick' | 'sound'>) => void,
  options?: SickOptions,
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const scene = withExporter(stage, taking, options ? { options } : {});
      await scene.emitOverTurns(N, 200);
      const late = options?.late === true;
      await stage.until('the sound one has all', () => scene.counts('sound', 'logs').delivered === N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: late ? 1000 : 30_000 }));
      await scene.end(late ? 500 : undefined);
      stage.equal('what the sound one took', scene.counts('sound', 'logs').delivered, N);
      check?.(stage, scene);
    },
  };
}

const all =
  (outcome: 'delivered' | 'failed') =>
  (stage: Stage, scene: Scene<'sick' | 'sound'>): void =>
    stage.equal(outcome, scene.counts('sick', 'logs')[outcome], N);

const answers: readonly Fault[] = [
  logs('throws', 'An exporter throws on every call.', 'Everything counts as failed.', hostile, all('failed')),
  logs(
    'rejects',
    'An exporter has an async `export` that rejects.',
    'Everything counts as failed, and no rejection is unhandled.',
    async () => {
      throw new Error('no');
    },
    all('failed'),
  ),
  logs(
    'hangs',
    'An exporter never answers.',
    'Only one batch is open at a time. Its records fail; the box drops the rest as `shutdown`.',
    () => undefined,
    (stage, scene) => stage.equal('delivered', scene.counts('sick', 'logs').delivered, 0),
    { late: true },
  ),
  logs(
    'answers-twice',
    'An exporter answers success, failure and success, and then throws.',
    'The first answer counts.',
    (_, done) => {
      done(good);
      done(bad);
      done(good);
      throw new Error('no');
    },
    all('delivered'),
  ),
  logs(
    'answers-failure-then-success',
    'An exporter answers failure at once, and success later.',
    'The first answer counts.',
    (_, done) => {
      done(bad);
      setTimeout(() => done(good), 5);
    },
    all('failed'),
  ),
  logs(
    'answers-late',
    'An exporter answers every third call with success, but only after the timeout.',
    'The outcome of that call is unknown and counts as failed. The next export waits for the answer.',
    (_, done, nth) => {
      setTimeout(() => done(good), nth % 3 === 0 ? 150 : 1);
    },
    undefined,
    { late: true },
  ),
  logs(
    'answers-in-turn',
    'An exporter succeeds and fails in turn.',
    'Half of the batches are delivered, and half fail.',
    (_, done, nth) => done(nth % 2 ? bad : good),
    (stage, scene) => {
      const { delivered, failed } = scene.counts('sick', 'logs');
      stage.equal('in all', delivered + failed, N);
      stage.holds('some of both', delivered > 0 && failed > 0);
    },
  ),
  logs(
    'answers-nonsense',
    'An exporter answers with nothing, strings, a revoked Proxy and invalid codes.',
    'Everything counts as failed.',
    (_, done, nth) =>
      done([undefined, 'ok', unreadable(), { code: '0' }, { code: Number.NaN }, null][nth % 6] as never),
    all('failed'),
  ),
  logs(
    'promise-of-another-realm',
    'An exporter returns a rejected promise from another realm, and never answers.',
    'Everything counts as failed, and no rejection is unhandled.',
    () => runInNewContext('Promise.reject(new Error("no"))'),
    all('failed'),
  ),
  logs(
    'thenable-never-settles',
    'An exporter returns a promise that never settles, and answers through the callback.',
    'Everything is delivered.',
    (_, done) => {
      done(good);
      return never();
    },
    all('delivered'),
  ),
  logs(
    'drains-its-list',
    'An exporter empties the array that it is given before it answers.',
    'Everything is delivered.',
    (items, done) => {
      items.length = 0;
      done(good);
    },
    all('delivered'),
  ),
  logs(
    'grows-its-list',
    'An exporter appends to the array that it is given.',
    'Exactly the emitted records count as delivered.',
    (items, done) => {
      items.push(...items);
      done(good);
    },
    all('delivered'),
  ),
  logs(
    'changes-records',
    'An exporter overwrites the attributes and the body of its records.',
    'A second exporter still gets what the app emitted.',
    (items, done) => {
      for (const item of items) {
        item.attributes.n = -1;
        item.attributes.env = 'spoilt';
        Reflect.set(item, 'body', 'spoilt');
      }
      done(good);
    },
    all('delivered'),
  ),
  logs(
    'refuses-one-of-many',
    'An endpoint answers 400 to every batch that holds one of ten poisoned records.',
    'The box drops those ten as `refused`, and no others.',
    (items, done, _, take) => {
      if (items.some(({ attributes }) => (attributes.n as number) % 200 === 7))
        return done({ code: 1, error: Object.assign(new Error('Bad Request'), { code: 400 }) });
      take(items);
      return done(good);
    },
    (stage, scene) => stage.equal('dropped', scene.counts('sick', 'logs').dropped, { refused: 10 }),
    { picks: true },
  ),
  logs(
    'too-large',
    'An endpoint answers 413 to every batch of more than 30 records.',
    'The box makes smaller batches, and everything is delivered.',
    (items, done, _, take) => {
      if (items.length > 30)
        return done({ code: 1, error: Object.assign(new Error('Too Large'), { code: 413 }) });
      take(items);
      return done(good);
    },
    all('delivered'),
    { picks: true },
  ),
  logs(
    'rejects-some',
    'An endpoint takes all but ten records of each batch, and reports a partial success.',
    'The box drops the rejected records as `refused`.',
    (items, done, _, take) => {
      take(items.slice(10));
      done({ code: 0, partialSuccess: { rejectedLogRecords: '10' } } as never);
    },
    (stage, scene) =>
      stage.holds('some were refused', (scene.counts('sick', 'logs').dropped.refused ?? 0) > 0),
    { picks: true },
  ),
];

const ends: readonly Fault[] = [
  {
    name: 'emits',
    injected: 'An exporter emits on every call, and again in a timer.',
    holds: 'The exporter does not get what it emits during a call, and the loop ends.',
    async run(stage) {
      const scene: Scene<'sick' | 'sound'> = withExporter(stage, (_, done) => {
        scene.emit(1);
        setTimeout(() => scene.emit(1), 1);
        done(good);
      });
      scene.emit(N);
      let before = -1;
      while (before !== scene.emitted && scene.emitted < 100_000) {
        before = scene.emitted;
        await after(100);
      }
      stage.holds('the loop ended', before === scene.emitted);
      await scene.end();
    },
  },
  ...(
    [
      ['flush-hangs', 'The `forceFlush` of an exporter never settles.', { forceFlush: never }],
      ['flush-throws', 'The `forceFlush` of an exporter throws.', { forceFlush: hostile }],
      ['shutdown-throws', 'The `shutdown` of an exporter throws.', { shutdown: hostile }],
      ['shutdown-hangs', 'The `shutdown` of an exporter never settles.', { shutdown: never }],
      [
        'shutdown-rejects',
        'The `shutdown` of an exporter rejects without a reason.',
        { shutdown: () => Promise.reject() },
      ],
      ['shutdown-answers-nonsense', 'The `shutdown` of an exporter returns a number.', { shutdown: () => 1 }],
    ] as const
  ).map(
    ([name, injected, options]): Fault => ({
      name,
      injected,
      holds: 'Everything is delivered, and the shutdown settles by its deadline.',
      async run(stage) {
        const scene = withExporter(stage, undefined, { options });
        scene.emit(N);
        await scene.call(() =>
          scene.box.forceFlush({ timeoutMillis: 'forceFlush' in options ? 5000 : 30_000 }),
        );
        await scene.end(300);
        all('delivered')(stage, scene);
      },
    }),
  ),
  {
    name: 'two-boxes-share-it',
    injected: 'Two boxes share one exporter, which takes nothing after its own shutdown. One box ends first.',
    holds: 'The exporter is shut down once, by the last box.',
    async run(stage) {
      let isDown = false;
      const shared = new SickExporter(undefined, (_, done) => done(isDown ? bad : good), {
        shutdown: () => {
          isDown = true;
        },
      });
      const one = stage.open({ destinations: { one: exporters({ logs: shared, batch: PATIENT }) } });
      const two = stage.open({ destinations: { two: exporters({ logs: shared, batch: PATIENT }) } });
      one.emit(N);
      two.emit(N);
      await one.end();
      two.emit(N);
      await two.end();
      stage.equal(
        'delivered',
        [one.counts('one', 'logs').delivered, two.counts('two', 'logs').delivered],
        [N, 2 * N],
      );
      stage.equal('shutdowns', shared.calls.shutdown, 1);
    },
  },
  {
    name: 'many-at-once-hang',
    injected: 'An exporter that may have four calls open hangs on every call, over many batches.',
    holds: 'It never has more than four calls open.',
    async run(stage) {
      let calls = 0;
      const scene = withExporter(stage, () => void calls++, {
        options: { late: true },
        batch: { inFlight: 4, timeoutMillis: 20 },
      });
      await scene.emitOverTurns(N, 100);
      await after(200);
      await scene.end(100);
      stage.equal('calls', calls, 4);
    },
  },
  {
    name: 'burst-at-a-dead-one',
    injected: 'An exporter hangs, and 50,000 emissions reach a queue that holds 16,384.',
    holds: 'Emissions that no longer fit are dropped as `queue_full`.',
    async run(stage) {
      const scene = withExporter(stage, () => undefined);
      scene.emit(50_000);
      await scene.end(200);
      stage.equal('full', scene.counts('sick', 'logs').dropped.queue_full, 50_000 - 16_384);
      stage.equal('at the sound one', scene.counts('sound', 'logs').dropped.queue_full, 50_000 - 16_384);
    },
  },
  {
    name: 'resource-never-known',
    injected: "A detector of the app's resource never finishes.",
    holds: 'After a bounded wait the box exports the records with what is known of the resource.',
    async run(stage) {
      const scene = withExporter(stage);
      const pending = { attributes: {}, asyncAttributesPending: true, waitForAsyncAttributes: never };
      const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor(scene.box)] });
      const span = provider.getTracer('app').startSpan('work');
      Object.defineProperty(span, 'resource', { value: pending });
      spanProcessor(scene.box).onStart(span as never, ROOT_CONTEXT);
      scene.emit(N);
      await scene.end(3000);
      await provider.shutdown();
      const { delivered, failed } = scene.counts('sick', 'logs');
      stage.equal('in all', delivered + failed, N);
      stage.holds('calls were made', delivered > 0);
    },
  },
];

/** Spans of which each has one emission on it, through a processor of the app's own provider. */
async function withSpans(
  stage: Stage,
  exporter: SickExporter,
  n: number,
  patience: number,
): Promise<Scene<'spans'>> {
  const scene = stage.open({ destinations: { spans: exporters({ spans: exporter, batch: QUICK }) } });
  const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor(scene.box)] });
  for (let i = 0; i < n; i++) {
    const span = provider.getTracer('app').startSpan('work', { attributes: { n: i } });
    await scene.call(() =>
      scene.box.emit(NUMBERED, { n: i }, { context: trace.setSpan(ROOT_CONTEXT, span) }),
    );
    scene.emitted++;
    span.end();
  }
  scene.expect('spans', 'spans', n);
  await scene.call(() => scene.box.forceFlush({ timeoutMillis: patience }));
  await scene.end(500);
  await provider.shutdown();
  return scene;
}

const others: readonly Fault[] = [
  {
    name: 'spans-fail',
    injected: 'A span exporter throws, fails and succeeds in turn.',
    holds: 'Each span has one outcome.',
    async run(stage) {
      const sick = new SickExporter(stage.arrivals('spans'), (_, done, nth) =>
        nth % 3 === 0 ? hostile() : done(nth % 3 === 1 ? bad : good),
      );
      const scene = await withSpans(stage, sick, N, 30_000);
      const { delivered, failed } = scene.counts('spans', 'spans');
      stage.equal('in all', delivered + failed, N);
    },
  },
  {
    name: 'spans-hang',
    injected: 'A span exporter never answers.',
    holds: 'No span is delivered, each is counted, and the shutdown settles.',
    async run(stage) {
      const scene = await withSpans(
        stage,
        new SickExporter(stage.arrivals('spans'), () => undefined),
        N,
        1000,
      );
      stage.equal('delivered', scene.counts('spans', 'spans').delivered, 0);
    },
  },
];

interface Collected {
  readonly scopeMetrics: readonly {
    readonly metrics: readonly {
      readonly descriptor: { readonly name: string };
      readonly dataPoints: readonly { readonly value: number }[];
    }[];
  }[];
}

/** The value of the counter of the numbered ones in one collection. */
function counted(collected: unknown): number {
  const { scopeMetrics } = collected as Collected;
  const metrics = scopeMetrics.flatMap(({ metrics }) => metrics);
  const points = metrics
    .filter(({ descriptor }) => descriptor.name === 'fault.numbered')
    .flatMap(({ dataPoints }) => dataPoints);
  return points.reduce((sum, { value }) => sum + value, 0);
}

/** A metric exporter: 0 is delta, 1 cumulative. */
function metricExporter(
  temporality: number,
  take: (value: number, done: (result: object) => void) => unknown,
) {
  return {
    export: (collected: never, done: (result: never) => void) =>
      take(counted(collected), done as never) as never,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
    selectAggregationTemporality: () => temporality,
  };
}

const measuring: readonly Fault[] = [
  {
    name: 'metrics-fail-in-turn',
    injected: 'A metric exporter with cumulative points throws, fails and succeeds in turn.',
    holds: 'The last sum that it took equals what the app emitted.',
    async run(stage) {
      let nth = 0;
      let last = 0;
      const sick = metricExporter(1, (value, done) => {
        if (nth++ % 3 === 0) throw new Error('no');
        if (nth % 3 === 2) return done({ code: 1, error: new Error('no') });
        last = value;
        done({ code: 0 });
      });
      const scene = stage.open({ destinations: { sick: exporters({ metrics: sick }) } });
      for (let i = 0; i < 9; i++) {
        scene.emit(100);
        await scene.call(() => scene.box.forceFlush());
      }
      stage.equal('the last sum', last, 900);
      await scene.end();
    },
  },
  {
    name: 'metrics-fail-delta',
    injected: 'A metric exporter with delta points fails every second time.',
    holds: 'The measurements in those exports count as failed, and nothing is exported twice.',
    async run(stage) {
      let nth = 0;
      const took = { good: 0, bad: 0 };
      const sick = metricExporter(0, (value, done) => {
        const isGood = nth++ % 2 === 0;
        took[isGood ? 'good' : 'bad'] += value;
        done(isGood ? { code: 0 } : { code: 1, error: new Error('no') });
      });
      const scene = stage.open({ destinations: { sick: exporters({ metrics: sick }) } });
      for (let i = 0; i < 10; i++) {
        scene.emit(100);
        await scene.call(() => scene.box.forceFlush());
      }
      await scene.end();
      stage.equal('in all', took.good + took.bad, 1000);
      const { delivered, failed } = scene.counts('sick', 'metrics');
      stage.holds('both are counted', delivered > 0 && failed > 0);
    },
  },
  {
    name: 'metrics-hang',
    injected: 'One metric exporter never answers, and a second one works.',
    holds: 'The second one gets each collection, and the shutdown settles.',
    async run(stage) {
      let last = 0;
      const sick = metricExporter(1, () => undefined);
      const sound = metricExporter(1, (value, done) => {
        last = value;
        done({ code: 0 });
      });
      const quick = { intervalMillis: 20, timeoutMillis: 20 };
      const scene = stage.open({
        destinations: {
          sick: exporters({ metrics: sick, metricExport: quick }),
          sound: exporters({ metrics: sound, metricExport: quick }),
        },
      });
      scene.emit(N);
      await stage.until('the sound one has all', () => last === N);
      await after(300);
      await scene.end(300);
      stage.holds('what hung was counted', scene.counts('sick', 'metrics').delivered === 0);
    },
  },
  {
    name: 'temporality-throws',
    injected: 'A metric exporter throws when the box asks for its temporality and its aggregation.',
    holds: 'Its points are cumulative, and their sum equals what the app emitted.',
    async run(stage) {
      let last = 0;
      const sick = Object.assign(
        metricExporter(1, (value, done) => {
          last = value;
          done({ code: 0 });
        }),
        { selectAggregationTemporality: hostile, selectAggregation: hostile },
      );
      const scene = stage.open({ destinations: { sick: exporters({ metrics: sick }) } });
      scene.emit(N);
      await scene.end();
      stage.equal('the last sum', last, N);
    },
  },
  {
    name: 'sums-that-overflow',
    injected: 'The app adds measurements of 1e308 to a counter until its sum would overflow.',
    holds: 'The box drops and counts the measurements that would overflow. The exported sum is finite.',
    async run(stage) {
      const values: number[] = [];
      const { defineSignal, field } = await import('signalbox');
      const large = defineSignal('FAULT_LARGE', {
        fields: { n: field.int(), size: field.number() },
        metrics: [{ type: 'counter', name: 'fault.numbered', of: 'size' }],
      });
      const sick = metricExporter(1, (value, done) => {
        values.push(value);
        done({ code: 0 });
      });
      const scene = stage.open({ destinations: { sick: exporters({ metrics: sick }) } });
      scene.emit(100, large, { size: 1e308 });
      await scene.end();
      stage.holds('all sums are finite', values.length > 0 && values.every(Number.isFinite));
    },
  },
];

export const exporting: Group = {
  name: 'exporters',
  about: 'Exporters in an exporter destination, called by the box.',
  faults: [...answers, ...ends, ...others, ...measuring],
};
