import type { SinkFunction } from 'signalbox';
import { sink } from 'signalbox/sinks';
import { hostile, unreadable } from '../../promises/hostile.js';
import type { Fault, Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import { WORDY } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 1000;
const never = (): Promise<undefined> => new Promise(() => undefined);
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));

type Answer = (n: number) => unknown;

/** A box whose one sink notes what it gets and then answers so; a second one beside it is sound, and loses nothing. */
function withSink(stage: Stage, answer: Answer): Scene<'sick' | 'sound'> {
  const [sick, sound] = [stage.arrivals('sick'), stage.arrivals('sound')];
  const fn = ((emission) => {
    sick.take(emission.fields.n);
    return answer(emission.fields.n as number);
  }) as SinkFunction;
  return stage.open({
    destinations: { sick: fn, sound: (emission) => sound.take(emission.fields.n) },
    routes: [{ signals: '*', to: ['sick', 'sound'] }],
  });
}

/** A fault of a sink that answers each call in one way; `outcome` is what becomes of all. */
function answers(
  name: string,
  injected: string,
  outcome: 'delivered' | 'failed',
  answer: Answer,
  holds = `Each emission counts as ${outcome}, and a sound sink next to it gets them all.`,
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const scene = withSink(stage, answer);
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush());
      await scene.end();
      stage.equal(`what is ${outcome}`, scene.counts('sick')[outcome], N);
      stage.equal('what the sound one took', scene.counts('sound').delivered, N);
    },
  };
}

const settles: readonly Fault[] = [
  answers('throws', 'A sink throws on every call.', 'failed', () => {
    throw new Error('no');
  }),
  answers('throws-what-can-not-be-read', 'A sink throws a revoked Proxy.', 'failed', hostile),
  answers('throws-nothing', 'A sink throws `undefined`.', 'failed', () => {
    throw undefined;
  }),
  answers('rejects', 'A sink rejects every call without a reason.', 'failed', () => Promise.reject()),
  answers('thenable-throws', 'A sink returns an object whose `then` throws.', 'failed', () =>
    Object.defineProperty({}, 'then', { value: hostile }),
  ),
  answers('thenable-can-not-be-read', 'A sink returns an object whose `then` getter throws.', 'failed', () =>
    Object.defineProperty({}, 'then', { get: hostile }),
  ),
  answers('answer-can-not-be-read', 'A sink returns a revoked Proxy.', 'failed', unreadable),
  answers(
    'thenable-settles-twice',
    'A sink returns a thenable that resolves, rejects and resolves again.',
    'delivered',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a hostile thenable is the fault
      then: (good: (value?: unknown) => void, bad: (error: unknown) => void) => {
        good();
        bad(new Error('late'));
        good();
      },
    }),
  ),
  answers(
    'answers-nonsense',
    'A sink returns numbers, symbols, functions and arrays.',
    'delivered',
    (n) => [n, Symbol('s'), () => 1, [], 'dropped', true, null, 12n][n % 8],
  ),
];

const inTime: readonly Fault[] = [
  {
    name: 'hangs',
    injected: 'A sink returns a promise that never settles.',
    holds:
      'The shutdown settles by its deadline. The call in flight fails; the box drops the rest as `shutdown`.',
    async run(stage) {
      const scene = withSink(stage, never);
      scene.emit(N);
      await scene.end(200);
      stage.equal('failed', scene.counts('sick').failed, 1);
      stage.equal('dropped', scene.counts('sick').dropped, { shutdown: N - 1 });
      stage.equal('told as complete', scene.report?.complete, false);
    },
  },
  {
    name: 'hangs-in-close',
    injected: 'The `close` of a sink never settles.',
    holds: 'The shutdown settles by its deadline, and everything is delivered.',
    async run(stage) {
      const seen = stage.arrivals('sick');
      const fn: SinkFunction = Object.assign(
        (emission: { fields: { n?: unknown } }) => seen.take(emission.fields.n),
        {
          close: never,
        },
      );
      const scene = stage.open({ destinations: { sick: fn } });
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: 30_000 }));
      await scene.end(300);
      stage.equal('delivered', scene.counts('sick').delivered, N);
    },
  },
  ...(['throws', 'rejects'] as const).map(
    (how): Fault => ({
      name: `close-${how}`,
      injected: `The \`close\` of a sink ${how}.`,
      holds: 'The shutdown settles, and everything is delivered.',
      async run(stage) {
        const seen = stage.arrivals('sick');
        const fn: SinkFunction = Object.assign(
          (emission: { fields: { n?: unknown } }) => seen.take(emission.fields.n),
          { close: how === 'throws' ? hostile : () => Promise.reject(new Error('no')) },
        );
        const scene = stage.open({ destinations: { sick: fn } });
        scene.emit(N);
        await scene.end();
        stage.equal('delivered', scene.counts('sick').delivered, N);
      },
    }),
  ),
  {
    name: 'slow',
    injected: 'A sink takes 5 ms for each emission, and the deadline passes before it has taken them all.',
    holds:
      'Emissions that the sink answered are delivered, one fails, and the rest is dropped as `shutdown`.',
    async run(stage) {
      const scene = withSink(stage, () => after(5));
      scene.emit(N);
      await scene.end(300);
      const { delivered, failed, dropped } = scene.counts('sick');
      stage.equal('in all', delivered + failed + (dropped.shutdown ?? 0), N);
      stage.holds('some are delivered, and some dropped', delivered > 0 && (dropped.shutdown ?? 0) > 0);
    },
  },
  {
    name: 'blocks',
    injected: 'A sink blocks the thread for 5 ms on every call.',
    holds: "The shutdown settles by its deadline, and the app's timers still fire.",
    async run(stage) {
      const scene = withSink(stage, () => {
        const end = performance.now() + 5;
        while (performance.now() < end);
      });
      let ticks = 0;
      const timer = setInterval(() => ticks++, 10);
      scene.emit(N);
      await scene.end(2000);
      clearInterval(timer);
      stage.holds('timers had their turns', ticks >= 5);
      stage.holds('the deadline cut it off', (scene.counts('sick').dropped.shutdown ?? 0) > 0);
    },
  },
  {
    name: 'answers-after-the-shutdown',
    injected: 'A sink resolves some promises and rejects others after the box is shut down.',
    holds: 'No account changes, and no rejection is unhandled.',
    async run(stage) {
      const late: ((good: boolean) => void)[] = [];
      const scene = withSink(
        stage,
        () =>
          new Promise<void>((resolve, reject) =>
            late.push((good) => (good ? resolve() : reject(new Error('late')))),
          ),
      );
      scene.emit(N);
      await scene.end(50);
      for (const [i, settle] of late.entries()) settle(i % 2 === 1);
      await after(20);
    },
  },
  {
    name: 'time-limit',
    injected: 'A sink with a time limit of 20 ms hangs on every hundredth call.',
    holds: 'Those calls fail, and the queue goes on.',
    async run(stage) {
      const seen = stage.arrivals('sick');
      const fn: SinkFunction = (emission) => {
        seen.take(emission.fields.n);
        return (emission.fields.n as number) % 100 === 0 ? never() : undefined;
      };
      const scene = stage.open({ destinations: { sick: sink(fn, { timeoutMillis: 20 }) } });
      scene.emit(N);
      await scene.end();
      stage.equal('failed', scene.counts('sick').failed, N / 100);
      stage.equal('delivered', scene.counts('sick').delivered, N - N / 100);
    },
  },
];

const queues: readonly Fault[] = [
  {
    name: 'queue-full',
    injected: 'A burst of emissions reaches a queue that holds 100.',
    holds: 'Emissions that no longer fit are dropped as `queue_full`.',
    async run(stage) {
      const seen = stage.arrivals('small');
      const scene = stage.open({
        destinations: { small: sink((emission) => seen.take(emission.fields.n), { capacity: 100 }) },
      });
      scene.emit(N);
      await scene.end();
      stage.equal('dropped', scene.counts('small').dropped, { queue_full: N - 100 });
    },
  },
  {
    name: 'queue-of-bytes-full',
    injected: 'A burst of emissions of 1 kB each reaches a queue of 64 kB.',
    holds: 'Emissions that no longer fit are dropped as `queue_bytes`.',
    async run(stage) {
      const seen = stage.arrivals('small');
      const scene = stage.open({
        destinations: { small: sink((emission) => seen.take(emission.fields.n), { capacityBytes: 65_536 }) },
      });
      for (let i = 0; i < N; i++) scene.emit(1, WORDY, { text: 'x'.repeat(1000) });
      await scene.end();
      stage.holds('some were dropped for bytes', (scene.counts('small').dropped.queue_bytes ?? 0) > N / 2);
    },
  },
  {
    name: 'drop-reasons-without-end',
    injected: 'A sink gives a different reason for each drop, `__proto__` and `constructor` among them.',
    holds: 'The box keeps at most 64 reasons and counts the rest as `_OTHER`. No prototype changes.',
    async run(stage) {
      let n = 0;
      const odd = ['__proto__', 'constructor'];
      const scene = stage.open({ destinations: { sick: () => ({ dropped: odd[n++] ?? `reason ${n}` }) } });
      scene.emit(N);
      await scene.end();
      const reasons = Object.keys(scene.counts('sick').dropped);
      stage.holds('reasons are bounded', reasons.length <= 65 && reasons.includes('_OTHER'));
      stage.holds(
        'nothing was put on Object',
        Object.keys(Object).length === 0 && Object.keys({}).length === 0,
      );
    },
  },
];

const loops: readonly Fault[] = [
  {
    name: 'emits-to-itself',
    injected: 'A sink emits on every call. The route leads to this sink and to another one.',
    holds:
      'The sink gets none of these emissions: they are dropped as `reentrant`. The other sink gets them.',
    async run(stage) {
      let emitting = 0;
      const scene: Scene<'sick' | 'sound'> = withSink(stage, (n) => {
        if (n >= N) return;
        emitting++;
        scene.emit(1);
      });
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush());
      await scene.end();
      stage.equal('reentrant', scene.counts('sick').dropped.reentrant, emitting);
      stage.equal('what the sound one took', scene.counts('sound').delivered, N + emitting);
    },
  },
  {
    name: 'emits-behind-its-answer',
    injected: 'On every call a sink sets a timer, and emits in that timer after it has answered.',
    holds: 'The loop ends, and each emission has its outcome.',
    async run(stage) {
      const scene: Scene<'sick' | 'sound'> = withSink(stage, () => {
        setTimeout(() => scene.emit(1), 0);
      });
      scene.emit(10);
      let before = -1;
      while (before !== scene.emitted && scene.emitted < 100_000) {
        before = scene.emitted;
        await after(50);
      }
      stage.holds('the loop ended', before === scene.emitted);
      await scene.end();
    },
  },
  {
    name: 'two-feed-each-other',
    injected: 'Two sinks asynchronously emit to each other.',
    holds: 'The loop ends, and each emission has its outcome.',
    async run(stage) {
      const scene: Scene<'a' | 'b'> = stage.open({
        destinations: {
          a: async () => {
            await after(1);
            scene.emit(1);
          },
          b: async () => {
            await after(1);
            scene.emit(1);
          },
        },
      });
      scene.emit(3);
      let before = -1;
      while (before !== scene.emitted && scene.emitted < 100_000) {
        before = scene.emitted;
        await after(50);
      }
      stage.holds('the loop ended', before === scene.emitted);
      await scene.end();
    },
  },
  {
    name: 'changes-what-it-gets',
    injected: 'A sink overwrites the emission, its fields, its attributes and its signal.',
    holds: 'A second sink still gets what the app emitted.',
    async run(stage) {
      const scene = withSink(stage, () => undefined);
      const spoilt = stage.open({
        destinations: {
          spoiler: (emission) => {
            for (const part of [emission, emission.fields, emission.attributes, emission.definition]) {
              for (const key of [...Object.keys(part), 'added']) Reflect.set(part, key, 'spoilt');
            }
          },
          reader: (emission) => stage.arrivals('reader').take(emission.fields.n),
        },
        routes: [{ signals: '*', to: ['spoiler', 'reader'] }],
      });
      spoilt.emit(N);
      scene.emit(1);
      await spoilt.end();
      stage.equal('what the reader took', spoilt.counts('reader').delivered, N);
      stage.equal('strangers', stage.arrivals('reader').strangers, 0);
    },
  },
];

export const sinks: Group = {
  name: 'sinks',
  about: 'Sinks: functions of the app that serve as destinations.',
  faults: [...settles, ...inTime, ...queues, ...loops],
};
