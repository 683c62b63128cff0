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
  holds = `Each emission is counted ${outcome}, and the sink beside it gets all.`,
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
  answers('throws', 'A sink throws at each call.', 'failed', () => {
    throw new Error('no');
  }),
  answers('throws-what-can-not-be-read', 'A sink throws a revoked Proxy.', 'failed', hostile),
  answers('throws-nothing', 'A sink throws `undefined`.', 'failed', () => {
    throw undefined;
  }),
  answers('rejects', 'A sink rejects at each call, with nothing.', 'failed', () => Promise.reject()),
  answers('thenable-throws', 'What a sink answers has a `then` that throws.', 'failed', () =>
    Object.defineProperty({}, 'then', { value: hostile }),
  ),
  answers('thenable-can-not-be-read', 'What a sink answers has a getter `then` that throws.', 'failed', () =>
    Object.defineProperty({}, 'then', { get: hostile }),
  ),
  answers('answer-can-not-be-read', 'A sink answers a revoked Proxy.', 'failed', unreadable),
  answers(
    'thenable-settles-twice',
    'What a sink answers resolves, rejects and resolves again.',
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
    'A sink answers numbers, symbols, functions and lists.',
    'delivered',
    (n) => [n, Symbol('s'), () => 1, [], 'dropped', true, null, 12n][n % 8],
  ),
];

const inTime: readonly Fault[] = [
  {
    name: 'hangs',
    injected: 'What a sink answers never settles.',
    holds:
      'The shutdown settles by its deadline; what is in flight has failed, the rest is dropped as `shutdown`.',
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
    holds: 'The shutdown settles by its deadline, and all is delivered.',
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
      holds: 'The shutdown settles, and all is delivered.',
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
    injected: 'A sink takes 5 ms for each emission, and the deadline comes in between.',
    holds: 'What was answered is delivered, one has failed, the rest is dropped as `shutdown`.',
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
    injected: 'A sink holds up the thread for 5 ms at each call.',
    holds: "The shutdown settles by its deadline, and the app's timers get their turns.",
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
    injected: 'A sink resolves and rejects when the box is shut down already.',
    holds: 'No account changes, and nothing is rejected unhandled.',
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
    injected: 'A sink with a time limit of 20 ms hangs at each hundredth call.',
    holds: 'Those have failed, and the queue goes on.',
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
    injected: 'A burst meets a queue of 100.',
    holds: 'What finds no place is dropped as `queue_full`.',
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
    injected: 'A burst of 1 kB messages meets a queue of 64 kB.',
    holds: 'What finds no room is dropped as `queue_bytes`.',
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
    injected: 'A sink gives another reason for each drop, `__proto__` and `constructor` among them.',
    holds: 'At most 64 reasons are kept, the rest is `_OTHER`, and no prototype is touched.',
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
    injected: 'A sink emits at each call, which is routed to itself and to another.',
    holds: 'Itself gets none of those: they are dropped as `reentrant`; the other gets them.',
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
    injected: 'A sink emits in a timer that it set, behind its answer, each time.',
    holds: 'The loop comes to its end, and each emission has its outcome.',
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
    injected: 'Two sinks emit to each other, asynchronously.',
    holds: 'The loop comes to its end, and each emission has its outcome.',
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
    injected: 'A sink writes to the emission, its fields, its attributes and its signal.',
    holds: 'The sink beside it gets what was emitted.',
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
  about: 'Sinks, the functions of an app that are destinations.',
  faults: [...settles, ...inTime, ...queues, ...loops],
};
