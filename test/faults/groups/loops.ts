import { AsyncLocalStorage } from 'node:async_hooks';
import { exporters } from 'signalbox/sdk';
import { consoleSink, sink } from 'signalbox/sinks';
import { SickExporter } from '../doubles/exporter.js';
import type { Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const MILLION = 1_000_000;

function withBoth(stage: Stage): Scene<'sink' | 'logs'> {
  return stage.open({
    destinations: {
      sink: (emission) => stage.arrivals('sink').take(emission.fields.n),
      logs: exporters({ logs: new SickExporter(stage.arrivals('logs')), batch: { delayMillis: 5 } }),
    },
  });
}

function holdUp(millis: number): void {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

export const loops: Group = {
  name: 'loops',
  about: 'Bursts, and code that blocks the event loop.',
  faults: [
    {
      name: 'a-million-at-once',
      injected: 'The app emits a million signals in one loop, to a sink and to exporters.',
      holds: 'Emissions that no longer fit are dropped as `queue_full`, and the rest is delivered.',
      needs: { heapMegabytes: 512 },
      async run(stage) {
        const scene = withBoth(stage);
        scene.emit(MILLION);
        await scene.end(30_000);
        stage.holds('some were dropped', (scene.counts('logs', 'logs').dropped.queue_full ?? 0) > 0);
      },
    },
    {
      name: 'a-million-over-turns',
      injected: 'The app emits a million signals over 2,500 turns of the loop.',
      holds: 'Every emission is delivered.',
      needs: { heapMegabytes: 512 },
      async run(stage) {
        const scene = withBoth(stage);
        await scene.emitOverTurns(MILLION, 400);
        await scene.end(30_000);
        stage.equal('delivered', scene.counts('sink').delivered, MILLION);
        stage.equal('delivered', scene.counts('logs', 'logs').delivered, MILLION);
      },
    },
    {
      name: 'stalls',
      injected: 'The app blocks the loop for longer than an export may take, again and again.',
      holds: 'Exports that were answered before a block are delivered, and each record has one outcome.',
      async run(stage) {
        const slow = new SickExporter(stage.arrivals('logs'), (_, done) => {
          setTimeout(() => done({ code: 0 }), 5);
        });
        const scene = stage.open({
          destinations: {
            logs: exporters({ logs: slow, batch: { size: 20, delayMillis: 1, timeoutMillis: 50 } }),
            sink: async (emission) => {
              stage.arrivals('sink').take(emission.fields.n);
            },
          },
        });
        for (let i = 0; i < 20; i++) {
          scene.emit(50);
          await new Promise<void>((turn) => setImmediate(turn));
          holdUp(100);
        }
        await scene.end();
        stage.equal('delivered at the sink', scene.counts('sink').delivered, 1000);
      },
    },
    {
      name: 'stalls-at-the-deadline',
      injected: 'The app blocks the loop for a second when the deadline of its shutdown comes.',
      holds: 'The shutdown settles when the loop continues.',
      async run(stage) {
        const scene = stage.open({ destinations: { hangs: () => new Promise<undefined>(() => undefined) } });
        scene.emit(1000);
        const ending = scene.end(50);
        setTimeout(() => holdUp(1000), 40);
        await ending;
      },
    },
    {
      name: 'microtasks-without-end',
      injected: 'A chain of promises in the app keeps timers and sockets waiting for half a second.',
      holds: 'Everything is delivered afterwards.',
      async run(stage) {
        const scene = withBoth(stage);
        const end = performance.now() + 500;
        while (performance.now() < end) {
          scene.emit(1);
          for (let i = 0; i < 100; i++) await null;
        }
        await scene.end(10_000);
        stage.equal('delivered', scene.counts('sink').delivered, scene.emitted);
      },
    },
    {
      name: 'ticks-without-end',
      injected: 'The app emits in `process.nextTick` and `setImmediate` chains, 8,000 long each.',
      holds: 'Everything is delivered.',
      async run(stage) {
        const scene = withBoth(stage);
        await Promise.all(
          [process.nextTick, setImmediate].map(
            (later) =>
              new Promise<void>((done) => {
                let left = 8000;
                const step = (): void => {
                  scene.emit(1);
                  if (--left === 0) done();
                  else (later as (fn: () => void) => void)(step);
                };
                step();
              }),
          ),
        );
        await scene.end(10_000);
        stage.equal('delivered', scene.counts('sink').delivered, 16_000);
      },
    },
    {
      name: 'no-stack-left',
      injected:
        'The app emits to a sink and to exporters at every depth of recursions that exhaust the stack.',
      holds: 'Emissions that the box could take are delivered, the rest is counted, and later emits work.',
      async run(stage) {
        const scene = withBoth(stage);
        // Where no stack is left the call of `emit` itself costs more than there is: that is the app's own error, and no emit was made.
        let made = 0;
        const { NUMBERED } = await import('../stage/scene.js');
        const deep = (): void => {
          try {
            deep();
          } catch {
            const n = made;
            scene.box.emit(NUMBERED, { n });
            made = n + 1;
            throw new Error('back');
          }
        };
        for (let i = 0; i < 5; i++) {
          try {
            deep();
          } catch {
            // The recursion's own end.
          }
          await scene.call(() => scene.box.forceFlush());
        }
        scene.expect('sink', 'sink', 'unknown');
        scene.expect('logs', 'logs', 'unknown');
        const before = scene.counts('sink').routed;
        const refused = Object.values(scene.box.stats().refused).reduce((sum, n) => sum + n, 0);
        stage.holds(
          `${before} routed and ${refused} refused are all ${made} that returned`,
          before + refused >= made,
        );
        scene.emitted = made;
        scene.emit(10);
        await scene.end();
        stage.equal('later ones', scene.counts('sink').routed - before, 10);
        stage.mayDouble('sink');
        stage.mayDouble('logs');
        stage.holds('many were made', made > 1000);
      },
    },
    {
      name: 'contexts-of-others',
      injected:
        'Fifty requests emit, each in an async context of its own. Sinks and exporters check which context they run in.',
      holds: 'Sinks and exporters run in the context of none of the requests.',
      async run(stage) {
        const als = new AsyncLocalStorage<number>();
        const seenIn: unknown[] = [];
        const scene = stage.open({
          destinations: {
            sync: () => void seenIn.push(als.getStore()),
            async: sink(async () => {
              await null;
              seenIn.push(als.getStore());
            }),
            logs: exporters({
              logs: new SickExporter(stage.arrivals('logs'), (_, done) => {
                seenIn.push(als.getStore());
                setTimeout(() => {
                  seenIn.push(als.getStore());
                  done({ code: 0 });
                }, 1);
              }),
              batch: { size: 5, delayMillis: 1 },
            }),
          },
        });
        await Promise.all(
          Array.from({ length: 50 }, (_, request) =>
            als.run(request, async () => {
              for (let i = 0; i < 20; i++) {
                scene.emit(1);
                await new Promise<void>((turn) => setImmediate(turn));
              }
              await scene.call(() => scene.box.forceFlush());
            }),
          ),
        );
        await scene.end();
        stage.equal('contexts that were seen', [...new Set(seenIn)].length, 1);
        stage.equal('which', seenIn[0] === undefined, true);
      },
    },
    {
      name: 'console-of-a-slow-stream',
      injected: 'The stream of a console sink buffers 100 bytes and takes 1 ms a write. The deadline passes.',
      holds: 'Unwritten lines are dropped or failed, and nothing waits for the stream.',
      async run(stage) {
        const { Writable } = await import('node:stream');
        const slow = new Writable({
          highWaterMark: 100,
          write: (_chunk, _encoding, done) => void setTimeout(done, 1),
        });
        const scene = stage.open({ destinations: { slow: consoleSink({ stream: slow as never }) } });
        scene.emit(2000);
        await scene.end(300);
        slow.destroy();
      },
    },
  ],
};
