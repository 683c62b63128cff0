import { join } from 'node:path';
import { exporters } from 'signalbox/sdk';
import { jsonLineFile, rateLimited, sink } from 'signalbox/sinks';
import { SickExporter } from '../doubles/exporter.js';
import { takeFiles } from '../doubles/lines.js';
import type { Fault, Group } from '../fault.js';
import type { FakeClock } from '../run/fake-clock.js';
import type { Scene } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 500;
const HOUR = 3_600_000;
/** In minutes. */
const WEEK = 7 * 24 * 60;
const real = { now: Date.now, monotonic: performance.now.bind(performance) };

/** A box with each kind of destination: a sink, a file, exporters. */
function withAll(stage: Stage): Scene<'sink' | 'file' | 'logs'> {
  const path = join(stage.folder, 'lines.jsonl');
  stage.atEnd(() => void takeFiles([path], stage.arrivals('file')));
  stage.arrivals('file');
  return stage.open({
    destinations: {
      sink: (emission) => stage.arrivals('sink').take(emission.fields.n),
      file: jsonLineFile({ path }),
      logs: exporters({
        logs: new SickExporter(stage.arrivals('logs')),
        batch: { size: 50, delayMillis: 5 },
      }),
    },
  });
}

function clock(
  name: string,
  injected: string,
  holds: string,
  now: (nth: number) => Partial<typeof real>,
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const scene = withAll(stage);
      for (let i = 0; i < 10; i++) {
        const { now: wall, monotonic } = now(i);
        if (wall) Date.now = wall;
        if (monotonic) performance.now = monotonic;
        await scene.emitOverTurns(N / 10, 10);
      }
      Date.now = real.now;
      performance.now = real.monotonic;
      await scene.end();
      for (const name of ['sink', 'file'] as const) {
        const { delivered, failed } = scene.counts(name);
        const { refused } = scene.box.stats();
        const turned = Object.values(refused).reduce((sum, n) => sum + n, 0);
        stage.equal(`what has an outcome at ${name}`, delivered + failed, N - turned);
      }
    },
  };
}

const DELIVERED = 'Each emission has one outcome, and the shutdown settles.';

export const clocks: Group = {
  name: 'clocks',
  about: 'The clocks of the process.',
  faults: [
    clock('steps-back', 'The wall clock is set back by an hour, ten times.', DELIVERED, (nth) => ({
      now: () => real.now() - nth * HOUR,
    })),
    clock('steps-forth', 'The wall clock is set ahead by a month, ten times.', DELIVERED, (nth) => ({
      now: () => real.now() + nth * 30 * 24 * HOUR,
    })),
    clock(
      'before-1970-and-after-2554',
      'The wall clock shows the years 2600 and 1960, in turn.',
      'The box refuses and counts emissions whose time the wire cannot carry. The rest has one outcome.',
      (nth) => ({
        now: () => (nth % 2 ? -HOUR * 24 * 3650 : 19_880_899_200_000),
      }),
    ),
    clock('frozen', 'Both clocks stand still.', DELIVERED, () => {
      const [wall, monotonic] = [real.now(), real.monotonic()];
      return { now: () => wall, monotonic: () => monotonic };
    }),
    clock('runs-backwards', 'The monotonic clock goes backwards at every reading.', DELIVERED, () => {
      let at = 1e6;
      return { monotonic: () => at-- };
    }),
    clock('no-number', 'Both clocks return NaN.', DELIVERED, () => ({
      now: () => Number.NaN,
      monotonic: () => Number.NaN,
    })),
    clock(
      'throws',
      'The wall clock throws at every second reading.',
      'Emits do not throw. The box refuses and counts emissions whose time it cannot read.',
      () => {
        let nth = 0;
        return {
          now: () => {
            if (nth++ % 2) throw new Error('no time');
            return real.now();
          },
        };
      },
    ),
    {
      name: 'stubbed-timers',
      injected: 'A test stubs all timers after the library is loaded, and never lets them run.',
      holds: 'Queues go on, and the shutdown settles by its deadline.',
      async run(stage) {
        const { useFakeTimers } = await import('sinon');
        const scene = stage.open({
          destinations: {
            sink: (emission) => stage.arrivals('sink').take(emission.fields.n),
            hangs: () => new Promise<undefined>(() => undefined),
            logs: exporters({ logs: new SickExporter(stage.arrivals('logs')) }),
          },
        });
        const stub = useFakeTimers();
        scene.emit(N);
        const ended = scene.box.shutdown({ timeoutMillis: 2000 });
        await ended;
        stub.restore();
        await scene.end(300);
        stage.equal(
          'delivered',
          [scene.counts('sink').delivered, scene.counts('logs', 'logs').delivered],
          [N, N],
        );
      },
    },
    {
      name: 'a-week',
      injected:
        'A week of simulated time: an emit every five minutes, an exporter that is down for one hour in five, another that answers after 20 s, a sink with a rate limit, metrics every ten minutes.',
      holds: 'Each emission has one outcome, queues empty in between, and no timer is left at the end.',
      needs: { fakeClock: true, seconds: 300 },
      async run(stage) {
        const fake = (globalThis as unknown as Record<symbol, FakeClock>)[
          Symbol.for('signalbox.faults.clock')
        ] as FakeClock;
        let minute = 0;
        let points = 0;
        const down = new SickExporter(stage.arrivals('down'), (_, done) =>
          done({ code: Math.floor(minute / 60) % 5 === 4 ? 1 : 0 }),
        );
        const slow = new SickExporter(stage.arrivals('slow'), (_, done) => {
          setTimeout(() => done({ code: 0 }), 20_000);
        });
        const metrics = {
          export: (_: never, done: (result: { code: number }) => void) => {
            points++;
            done({ code: 0 });
          },
          forceFlush: async () => undefined,
          shutdown: async () => undefined,
        };
        const scene = stage.open({
          destinations: {
            down: exporters({ logs: down, metrics, metricExport: { intervalMillis: 600_000 } }),
            slow: exporters({ logs: slow, batch: { timeoutMillis: 30_000 } }),
            rated: sink(
              rateLimited((emission) => stage.arrivals('rated').take(emission.fields.n), {
                perSecond: 0.002,
              }),
            ),
          },
        });
        const before = process.memoryUsage().heapUsed;
        for (minute = 0; minute < WEEK; minute += 5) {
          scene.emit(1);
          await fake.tickAsync(300_000);
        }
        const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
        stage.holds(`the heap has not grown by ${Math.round(grown)} MB`, grown < 64);
        const ending = scene.end();
        await fake.tickAsync(5000);
        await ending;
        stage.equal('timers left', fake.countTimers(), 0);
        fake.uninstall();
        const { delivered, failed } = scene.counts('down', 'logs');
        stage.equal('down: delivered and failed', [delivered + failed, failed > 0], [WEEK / 5, true]);
        stage.equal('slow: delivered', scene.counts('slow', 'logs').delivered, WEEK / 5);
        stage.holds('metrics left in ten minutes', points > (WEEK / 10) * 0.9);
      },
    },
  ],
};
