import * as hooks from 'node:async_hooks';
import { context } from '@opentelemetry/api';
import type { Counts, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { retrying } from 'signalbox/sinks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settle, waiting } from '../delivery/helpers.js';
import { resetOtel, startOtel } from '../support/otel.js';

const clock = vi.hoisted(() => ({ ahead: 0 }));
vi.mock('../../src/delivery/timers.js', async (original) => {
  const real = await original<typeof import('../../src/delivery/timers.js')>();
  return { ...real, clockMillis: () => real.clockMillis() + clock.ahead };
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
  resetOtel();
});

const TOLD = defineSignal('SINK_TOLD', { message: ({ by }) => String(by), fields: { by: field.string() } });

type Reaction = (box: Signalbox, message: string) => void | Promise<void>;

/** A loop without end would hang the test: it is cut here, and then fails it. */
const MOST = 50;

/** A box with the sinks `a` and `b`, which both get everything and react to it. */
function twoSinks(
  a: Reaction,
  b: Reaction,
  create: typeof createSignalbox = createSignalbox,
): { readonly box: Signalbox; readonly got: { readonly a: string[]; readonly b: string[] } } {
  const got = { a: [] as string[], b: [] as string[] };
  const sinkOf =
    (name: 'a' | 'b', react: Reaction): SinkFunction =>
    ({ message }) => {
      got[name].push(message);
      return got[name].length > MOST ? undefined : react(box, message);
    };
  const box: Signalbox = create({ destinations: { a: sinkOf('a', a), b: sinkOf('b', b) } });
  return { box, got };
}

async function allSettled(box: Signalbox): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await settle();
    await box.forceFlush();
  }
}

function countsOf(box: Signalbox, name: string): Counts | undefined {
  return box.stats().destinations[name]?.channels.sink;
}

const silent: Reaction = () => undefined;
const echo =
  (name: string): Reaction =>
  (box, message) =>
    box.info(`${name}: ${message}`);
const lateEcho =
  (name: string): Reaction =>
  async (box, message) => {
    await settle();
    box.info(`${name}: ${message}`);
  };

const managers = [
  ['with a context manager', true],
  ['without one', false],
] as const;

describe.each(managers)('what a sink emits: %s', (_, managed) => {
  const begin = (): void => {
    if (managed) startOtel();
  };

  test('what a sink emits - after an await in it too, is given to the others alone', async () => {
    begin();
    const { box, got } = twoSinks(lateEcho('a'), silent);
    box.info('action');
    await allSettled(box);
    expect(got).toEqual({ a: ['action'], b: ['action', 'a: action'] });
    expect(countsOf(box, 'a')).toMatchObject({ routed: 2, delivered: 1, dropped: { reentrant: 1 } });
  });

  test('what a sink emits - in its second try, after the wait between them, too', async () => {
    begin();
    const tries: string[] = [];
    const box: Signalbox = createSignalbox({
      destinations: {
        a: retrying(
          ({ message }) => {
            tries.push(message);
            if (tries.length > MOST) return;
            if (tries.length > 1) box.info('reaction');
            else throw new Error('no');
          },
          { attempts: 2, delayMillis: 1, jitter: false },
        ),
      },
    });
    box.info('action');
    await allSettled(box);
    expect(tries).toEqual(['action', 'action']);
  });

  test.each([
    ['at once', echo],
    ['after an await', lateEcho],
  ])('what a sink emits - two that emit into each other %s come to an end', async (_when, made) => {
    begin();
    const { box, got } = twoSinks(made('a'), made('b'));
    box.info('action');
    await allSettled(box);
    expect(got).toEqual({ a: ['action', 'b: action'], b: ['action', 'a: action'] });
    for (const name of ['a', 'b']) {
      expect(countsOf(box, name)).toMatchObject({ routed: 5, delivered: 2, dropped: { reentrant: 3 } });
    }
  });

  test("what a sink emits - keeps from it what the other sink makes of that, and nothing of the app's own", async () => {
    begin();
    const held = waiting();
    // What `a` emits wakes the queue of `b`, which stays busy until the app's own emissions wait behind it.
    const { box, got } = twoSinks(
      (b, message) => (message === 'first' ? b.info('from a') : undefined),
      async (b, message) => {
        if (message === 'from a') await held.promise;
        if (!message.startsWith('b: ')) b.info(`b: ${message}`);
      },
    );
    box.info('first');
    await settle();
    box.info('second');
    box.info('third');
    held.resolve();
    await allSettled(box);
    expect(got.b).toEqual(['first', 'from a', 'second', 'third']);
    expect(got.a).toEqual(['first', 'b: first', 'second', 'third', 'b: second', 'b: third']);
    expect(countsOf(box, 'a')?.dropped).toEqual({ reentrant: 2 });
    expect(countsOf(box, 'b')?.dropped).toEqual({ reentrant: 4 });
  });
});

describe('what a sink emits in a context that it was given', () => {
  test('two sinks that have a batcher of the app emit for them, in their contexts, come to an end', async () => {
    startOtel();
    const batch: (() => void)[] = [];
    const emits =
      (name: string): Reaction =>
      (box, message) => {
        const kept = context.active();
        batch.push(() => box.emit(TOLD, { by: `${name}: ${message}` }, { context: kept }));
      };
    const { box, got } = twoSinks(emits('a'), emits('b'));
    box.info('action');
    for (let i = 0; i < 10; i++) {
      await allSettled(box);
      for (const emit of batch.splice(0)) emit();
    }
    expect(batch).toEqual([]);
    expect(got.a.length).toBeLessThan(MOST);
    expect(got.b.length).toBe(got.a.length);
  });
});

describe.each(managers)('what goes on when the call of a sink has ended: %s', (_, managed) => {
  beforeEach(() => {
    if (managed) startOtel();
  });
  afterEach(() => {
    clock.ahead = 0;
  });

  /** What a sink opens in its first call and shares with the app: who listens is called in the context in which it was opened. */
  function socket(box: () => Signalbox): { open(): void; receive(message: string): void } {
    let listener: ((message: string) => void) | undefined;
    return {
      open: () => {
        listener ??= hooks.AsyncResource.bind((message: string) => box().info(message));
      },
      receive: (message) => listener?.(message),
    };
  }

  test("a socket that a sink opened - brings the app's own signals to it, as many as there are", async () => {
    const got: string[] = [];
    const shared = socket(() => box);
    const box: Signalbox = createSignalbox({
      destinations: {
        d: ({ message }) => {
          got.push(message);
          shared.open();
        },
      },
    });
    box.info('boot');
    await allSettled(box);
    const orders = Array.from({ length: 20 }, (_, i) => `order ${i}`);
    for (const order of orders) {
      shared.receive(order);
      await settle();
    }
    await allSettled(box);
    expect(got).toEqual(['boot', ...orders]);
    expect(countsOf(box, 'd')).toMatchObject({ routed: 21, delivered: 21, dropped: {} });
  });

  test('a socket that a sink opened - is kept from it while the call that opened it lasts', async () => {
    const held = waiting();
    const shared = socket(() => box);
    const box: Signalbox = createSignalbox({
      destinations: {
        d: () => {
          shared.open();
          return held.promise;
        },
      },
    });
    box.info('boot');
    await settle();
    shared.receive('meanwhile');
    held.resolve();
    await allSettled(box);
    shared.receive('afterwards');
    await allSettled(box);
    expect(countsOf(box, 'd')).toMatchObject({ routed: 3, delivered: 2, dropped: { reentrant: 1 } });
  });

  test('a socket that a sink opens anew whenever it is told of the loss of the last - is given to it again in time', async () => {
    let got = 0;
    let lost: () => void = () => {};
    const box: Signalbox = createSignalbox({
      destinations: {
        d: () => {
          got++;
          lost = hooks.AsyncResource.bind(() => box.info('connection lost'));
        },
      },
    });
    box.info('boot');
    for (let i = 0; i < 20; i++) {
      await allSettled(box);
      lost();
    }
    await allSettled(box);
    expect(got).toBe(9);
    clock.ahead = 60_000;
    lost();
    await allSettled(box);
    expect(got).toBe(10);
  });

  test.each([
    ['in a promise', (fn: () => void) => void Promise.resolve().then(fn)],
    ['on a timer', (fn: () => void) => void setTimeout(fn, 1)],
  ])(
    'work that a sink does not wait for - emits %s and leads back to it 8 times over',
    async (_where, later) => {
      let got = 0;
      let going = 0;
      const box: Signalbox = createSignalbox({
        destinations: {
          d: () => {
            if (++got > MOST) return;
            going++;
            later(() => {
              going--;
              box.info('sent');
            });
          },
        },
      });
      box.info('action');
      await vi.waitFor(() => expect(countsOf(box, 'd')?.dropped).toEqual({ reentrant: 1 }));
      await allSettled(box);
      expect(going).toBe(0);
      expect(got).toBe(9);
    },
  );

  test('work that sinks do not wait for - comes to an end where four lead back to all of them', async () => {
    let got = 0;
    const sink: SinkFunction = () => {
      got++;
      void Promise.resolve().then(() => box.info('sent'));
    };
    const box: Signalbox = createSignalbox({ destinations: { a: sink, b: sink, c: sink, d: sink } });
    box.info('action');
    await vi.waitFor(async () => {
      const before = got;
      await allSettled(box);
      expect(got).toBe(before);
    });
    expect(got).toBeGreaterThan(4);
    expect(got).toBeLessThan(1_500);
  });
});

describe('sinks of the library', () => {
  test('consoleSink() and jsonLineFile() - make no promise of the app dearer: nothing is carried for them', async () => {
    vi.resetModules();
    const made = vi.fn();
    class AsyncLocalStorage extends hooks.AsyncLocalStorage<unknown> {
      constructor() {
        super();
        made();
      }
    }
    const getBuiltinModule = (): object => ({ ...hooks, AsyncLocalStorage });
    vi.stubGlobal('process', Object.assign(Object.create(process), { getBuiltinModule }));
    const [{ createSignalbox: create }, { consoleSink: sink }] = await Promise.all([
      import('signalbox'),
      import('signalbox/sinks'),
    ]);
    const quiet = create({ destinations: { console: sink({ stream: { write: () => true } }) } });
    quiet.info('seen');
    await quiet.forceFlush();
    expect(made).not.toHaveBeenCalled();
    const own = create({ destinations: { own: () => undefined } });
    own.info('seen');
    await own.forceFlush();
    expect(made).toHaveBeenCalled();
  });
});

describe('where Node can not be asked', () => {
  test.each([
    ['has no getBuiltinModule()', undefined],
    ['has not the module', () => undefined],
    [
      'throws when it is asked',
      () => {
        throw new Error('no');
      },
    ],
  ])(
    'a runtime that %s - what sinks emit before an await is kept from them, and both come to an end',
    async (_, getBuiltinModule) => {
      vi.resetModules();
      vi.stubGlobal('process', { ...process, getBuiltinModule });
      const fresh = await import('signalbox');
      const { box, got } = twoSinks(echo('a'), echo('b'), fresh.createSignalbox as typeof createSignalbox);
      box.info('action');
      await allSettled(box);
      expect(got).toEqual({ a: ['action', 'b: action'], b: ['action', 'a: action'] });
    },
  );
});
