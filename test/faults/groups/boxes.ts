import { when } from 'signalbox';
import { hostile, trouble } from '../../promises/hostile.js';
import type { Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import { NUMBERED } from '../stage/scene.js';

const N = 1000;
const never = (): Promise<undefined> => new Promise(() => undefined);

export const boxes: Group = {
  name: 'boxes',
  about: 'How an app treats its box.',
  faults: [
    {
      name: 'emits-behind-the-shutdown',
      injected: 'The app emits before, during and after the shutdown of its box.',
      holds: 'The box refuses late emits as `closed`, and the rest is delivered.',
      async run(stage) {
        const seen = stage.arrivals('seen');
        const scene = stage.open({ destinations: { seen: (emission) => seen.take(emission.fields.n) } });
        scene.emit(N);
        const ending = scene.end();
        scene.emit(N);
        await ending;
        scene.emit(N);
        const closed = scene.box.stats().refused.closed ?? 0;
        stage.holds('some were refused', closed >= N);
        stage.equal('delivered', scene.counts('seen').delivered, 3 * N - closed);
      },
    },
    {
      name: 'shut-down-many-times',
      injected:
        'The app calls `shutdown`, `forceFlush` and `disable` many times at once, with invalid deadlines.',
      holds: 'Nothing throws, each promise settles, and the accounts are right.',
      async run(stage) {
        const scene = stage.open({
          destinations: { seen: (emission) => stage.arrivals('seen').take(emission.fields.n) },
        });
        scene.emit(N);
        const odd = [undefined, {}, { timeoutMillis: Number.NaN }, { timeoutMillis: -1 }, 'soon', null];
        await Promise.all(odd.map((given) => scene.call(() => scene.box.forceFlush(given as never))));
        const endings = odd.map((given) => scene.call(() => scene.box.shutdown(given as never)));
        await Promise.all(endings);
        await scene.call(() => scene.box.disable());
        await scene.call(() => scene.box.forceFlush());
      },
    },
    {
      name: 'sink-shuts-the-box-down',
      injected: 'A sink calls `shutdown` of its own box and awaits it.',
      holds: 'The call settles by its deadline.',
      async run(stage) {
        const scene: Scene<'sick'> = stage.open({
          destinations: {
            sick: async () => {
              await scene.box.shutdown({ timeoutMillis: 300 });
            },
          },
        });
        scene.emit(N);
        await scene.end(300);
      },
    },
    {
      name: 'sink-flushes-the-box',
      injected: 'A sink calls `forceFlush` of its own box and awaits it.',
      holds: 'The call settles by its deadline, and the queue goes on.',
      async run(stage) {
        const scene: Scene<'sick'> = stage.open({
          destinations: {
            sick: async (emission) => {
              stage.arrivals('sick').take(emission.fields.n);
              await scene.box.forceFlush({ timeoutMillis: 20 });
            },
          },
        });
        scene.emit(20);
        await scene.end(5000);
        stage.equal('delivered', scene.counts('sick').delivered, 20);
      },
    },
    {
      name: 'routes-change-while-emitting',
      injected: 'The app adds and removes a route ten thousand times between emits.',
      holds: 'A destination gets the emissions made while it had a route, and no others.',
      async run(stage) {
        let wanted = 0;
        const scene = stage.open({
          destinations: {
            always: (emission) => stage.arrivals('always').take(emission.fields.n),
            now: (emission) => stage.arrivals('now').take(emission.fields.n),
          },
          routes: [{ signals: '*', to: 'always' }],
        });
        for (let i = 0; i < 10_000; i++) {
          scene.emit(1);
          const undo = scene.box.route({ signals: [NUMBERED], to: 'now' });
          scene.emit(1);
          wanted++;
          undo();
          undo();
          if (i % 500 === 0) await scene.box.forceFlush();
        }
        scene.expect('now', 'sink', wanted);
        await scene.end();
        stage.equal('delivered', scene.counts('now').delivered, wanted);
      },
    },
    {
      name: 'routes-that-are-none',
      injected: 'The running app adds routes that are invalid, each in a different way.',
      holds: 'Each call throws a `SignalboxError` at once, and the existing routes do not change.',
      async run(stage) {
        const scene = stage.open({
          destinations: { seen: (emission) => stage.arrivals('seen').take(emission.fields.n) },
        });
        const wrong = [
          undefined,
          1,
          {},
          { signals: '*' },
          { signals: '*', to: 'nobody' },
          { signals: [{}], to: 'seen' },
          { signals: '*', to: 'seen', channels: ['smoke'] },
          { signals: '*', to: 'seen', reveals: [] },
        ];
        for (const route of wrong) {
          scene.emit(10);
          let name = 'nothing';
          try {
            scene.box.route(route as never);
          } catch (error) {
            name = (error as Error).name;
          }
          stage.equal('what it threw', name, 'SignalboxError');
        }
        await scene.end();
        stage.equal('delivered', scene.counts('seen').delivered, 10 * wrong.length);
      },
    },
    {
      name: 'predicate-throws',
      injected: 'The predicate of one route throws, and that of another rejects.',
      holds: 'Emissions still take the other routes, and no rejection is unhandled.',
      async run(stage) {
        const scene = stage.open({
          destinations: {
            all: (emission) => stage.arrivals('all').take(emission.fields.n),
            some: () => undefined,
            others: () => undefined,
          },
          routes: [
            { signals: '*', to: 'all' },
            { signals: when(NUMBERED, trouble), to: 'some' },
            { signals: when(NUMBERED, (() => Promise.reject(new Error('no'))) as never), to: 'others' },
          ],
        });
        scene.expect('some', 'sink', 'unknown');
        scene.expect('others', 'sink', 'unknown');
        scene.emit(N);
        await scene.end();
        stage.equal('delivered', scene.counts('all').delivered, N);
      },
    },
    {
      name: 'hook-throws',
      injected: '`redactText` rejects and throws an unreadable value, in turn.',
      holds: 'Each emission arrives, with its error redacted.',
      async run(stage) {
        let calls = 0;
        let told = 0;
        const scene = stage.open({
          destinations: {
            seen: (emission) => {
              stage.arrivals('seen').take(emission.fields.n);
              if (String(emission.fields.error).includes('secret')) told++;
            },
          },
          redactText: (() => (calls++ % 2 ? hostile() : Promise.reject(new Error('no')))) as never,
        });
        for (let i = 0; i < N; i++) {
          await scene.call(() => scene.box.error('it broke', { n: i, error: new Error('secret') }));
          scene.emitted++;
        }
        await scene.end();
        stage.equal('delivered', scene.counts('seen').delivered, N);
        stage.equal('secrets that left', told, 0);
      },
    },
    {
      name: 'disabled-while-it-runs',
      injected: 'The app disables its box while emissions are queued and one is in flight.',
      holds: 'The box counts emissions without an outcome, and later emits are no-ops.',
      async run(stage) {
        const scene = stage.open({ destinations: { hangs: never } });
        scene.emit(N);
        await new Promise<void>((turn) => setImmediate(turn));
        await scene.call(() => scene.box.disable());
        await scene.call(() => scene.box.info('nothing'));
        const { routed, failed, dropped } = scene.counts('hangs');
        stage.equal('routed', routed, N);
        stage.equal('accounted', failed + (dropped.shutdown ?? 0), N);
      },
    },
    {
      name: 'two-boxes-share-a-sink',
      injected: 'Two boxes share one sink, and one of them is shut down while the other works.',
      holds: 'The other box loses nothing.',
      async run(stage) {
        const took: Record<string, number> = {};
        const shared = Object.assign(
          (emission: { readonly message: string }) => {
            took[emission.message] = (took[emission.message] ?? 0) + 1;
          },
          { close: () => undefined },
        );
        const one = stage.open({ destinations: { one: shared } });
        const two = stage.open({ destinations: { two: shared } });
        one.emit(N);
        two.emit(N);
        const ending = one.end();
        two.emit(N);
        await ending;
        two.emit(N);
        await two.end();
        stage.equal('delivered', [one.counts('one').delivered, two.counts('two').delivered], [N, 3 * N]);
        stage.equal('taken', took.numbered, 4 * N);
      },
    },
    {
      name: 'a-box-for-each-request',
      injected: 'The app makes and shuts down four hundred boxes, eight at a time.',
      holds: 'No box loses an emission or leaves a listener or a timer behind.',
      async run(stage) {
        const seen = stage.arrivals('seen');
        const totals = { emitted: 0, delivered: 0 };
        const { createSignalbox } = await import('signalbox');
        for (let i = 0; i < 50; i++) {
          await Promise.all(
            Array.from({ length: 8 }, async () => {
              const box = createSignalbox({
                destinations: { seen: (emission) => seen.take(emission.fields.n) },
              });
              for (let j = 0; j < 3; j++) box.emit(NUMBERED, { n: totals.emitted++ });
              await box.shutdown();
              totals.delivered += box.stats().destinations.seen?.channels.sink?.delivered ?? 0;
            }),
          );
        }
        stage.equal('arrived', seen.distinct, totals.emitted);
        return {
          ...totals,
          arrived: seen.distinct,
          dropped: {},
          failed: 0,
          queued: 0,
          unaccounted: totals.emitted - totals.delivered + seen.doubled,
          exceptions: 0,
        };
      },
    },
  ],
};
