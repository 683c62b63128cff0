import type { SinkFunction } from 'signalbox';
import {
  circuitBreaker,
  fallback,
  filtered,
  rateLimited,
  retrying,
  sampled,
  sink,
  timed,
} from 'signalbox/sinks';
import { trouble } from '../../promises/hostile.js';
import type { Group } from '../fault.js';
import type { Stage } from '../stage/stage.js';

const N = 500;
const never = (): Promise<undefined> => new Promise(() => undefined);

/** Notes what it is given. */
function noting(stage: Stage, destination: string): SinkFunction {
  const seen = stage.arrivals(destination);
  return (emission) => seen.take(emission.fields.n);
}

export const modifiers: Group = {
  name: 'modifiers',
  about: 'Modifiers that wrap sinks.',
  faults: [
    {
      name: 'retry-of-a-flapping-sink',
      injected: 'A sink fails the first two tries of each emission, and the retry makes three.',
      holds: 'Every emission is delivered once.',
      async run(stage) {
        const note = noting(stage, 'flaps');
        const tries = new Map<unknown, number>();
        const flaps: SinkFunction = (emission, call) => {
          const n = (tries.get(emission.fields.n) ?? 0) + 1;
          tries.set(emission.fields.n, n);
          if (n < 3) throw new Error('not yet');
          return note(emission, call);
        };
        const scene = stage.open({
          destinations: { flaps: sink(flaps, { retry: { attempts: 3, delayMillis: 1 } }) },
        });
        scene.emit(50);
        await scene.end(10_000);
        stage.equal('delivered', scene.counts('flaps').delivered, 50);
      },
    },
    {
      name: 'retry-cut-off',
      injected: 'A sink behind a retry with delays of a minute always fails, and the app shuts the box down.',
      holds: 'The shutdown settles by its deadline, and no retry is left waiting.',
      async run(stage) {
        const scene = stage.open({
          destinations: { down: sink(trouble, { retry: { attempts: 10, delayMillis: 60_000 } }) },
        });
        scene.emit(N);
        await scene.end(200);
        stage.equal('delivered', scene.counts('down').delivered, 0);
      },
    },
    {
      name: 'time-limit-within-retry',
      injected: 'A sink with a time limit of 5 ms and a second try hangs on the first try of each emission.',
      holds: 'Every emission is delivered. The calls that hung are abandoned.',
      async run(stage) {
        const note = noting(stage, 'hangs');
        const tried = new Set<unknown>();
        const hangs: SinkFunction = (emission, call) => {
          if (tried.has(emission.fields.n)) return note(emission, call);
          tried.add(emission.fields.n);
          return never();
        };
        const scene = stage.open({
          destinations: { hangs: retrying(timed(hangs, 5), { attempts: 2, delayMillis: 1 }) },
        });
        scene.emit(50);
        await scene.end(10_000);
        stage.equal('delivered', scene.counts('hangs').delivered, 50);
      },
    },
    {
      name: 'circuit-opens',
      injected: 'A sink behind a circuit breaker always fails.',
      holds: 'The sink is called a few times. All other emissions are dropped as `circuit_open`.',
      async run(stage) {
        let calls = 0;
        const down: SinkFunction = () => {
          calls++;
          throw new Error('down');
        };
        const scene = stage.open({
          destinations: { down: circuitBreaker(down, { failures: 5, resetMillis: 60_000 }) },
        });
        scene.emit(N);
        await scene.end();
        stage.equal('calls', calls, 5);
        stage.equal('dropped', scene.counts('down').dropped, { circuit_open: N - 5 });
      },
    },
    {
      name: 'both-of-a-fallback-fail',
      injected: 'A sink fails every third emission, and its fallback fails every second one.',
      holds: 'Emissions that either sink took are delivered once, and the rest fails.',
      async run(stage) {
        const note = noting(stage, 'pair');
        const failing =
          (each: number): SinkFunction =>
          (emission, call) => {
            if ((emission.fields.n as number) % each === 0) throw new Error('no');
            return note(emission, call);
          };
        const scene = stage.open({ destinations: { pair: fallback(failing(3), failing(2)) } });
        scene.emit(600);
        await scene.end();
        stage.equal('failed', scene.counts('pair').failed, 100);
      },
    },
    {
      name: 'filter-throws',
      injected:
        'The test function of a filter throws for every tenth emission, and rejects for every eleventh.',
      holds: 'Each emission has one outcome, and no rejection is unhandled.',
      async run(stage) {
        const note = noting(stage, 'picky');
        const test = (emission: { readonly fields: Readonly<Record<string, unknown>> }): boolean => {
          const n = emission.fields.n as number;
          if (n % 10 === 0) throw new Error('no');
          if (n % 11 === 0) return Promise.reject(new Error('no')) as never;
          return true;
        };
        const scene = stage.open({ destinations: { picky: filtered(note, test) } });
        scene.emit(N);
        await scene.end();
        stage.holds('those that threw are not delivered', scene.counts('picky').delivered <= N - N / 10);
      },
    },
    {
      name: 'many-in-a-row',
      injected: 'A burst passes through sampling, a rate limit and a filter in front of a sink.',
      holds: 'Each drop counts under the reason of the modifier that dropped it, and is not a loss.',
      async run(stage) {
        const note = noting(stage, 'few');
        const few = sampled(
          rateLimited(
            filtered(note, (emission) => (emission.fields.n as number) % 2 === 0),
            {
              perSecond: 1,
              burst: 100,
            },
          ),
          { ratio: 0.5 },
        );
        const scene = stage.open({ destinations: { few }, routes: [{ signals: '*', to: 'few' }] });
        scene.emit(5000);
        await scene.end();
        const { dropped } = scene.counts('few');
        for (const reason of ['sampled', 'rate_limited', 'filtered'])
          stage.holds(`some are dropped as ${reason}`, (dropped[reason] ?? 0) > 0);
        stage.equal('told as complete', scene.report?.complete, true);
      },
    },
  ],
};
