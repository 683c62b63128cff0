import { context } from '@opentelemetry/api';
import type { Counts, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { retrying } from 'signalbox/sinks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { settle, waiting } from '../delivery/helpers.js';
import { resetOtel, startOtel } from '../support/otel.js';

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
    expect(got).toEqual({ a: ['action', 'b: action'], b: ['action', 'a: action'] });
  });
});

describe('sinks of the library', () => {
  test('consoleSink() and jsonLineFile() - make no promise of the app dearer: nothing is carried for them', async () => {
    vi.resetModules();
    const made = vi.fn(() => undefined);
    vi.stubGlobal('process', Object.assign(Object.create(process), { getBuiltinModule: made }));
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
