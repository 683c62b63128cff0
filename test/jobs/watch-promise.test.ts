import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSignalbox } from '../../src/index.js';
import { createJobs } from '../../src/jobs/index.js';
import { beside } from '../../src/jobs/watch-promise.js';
import { whenEnded } from '../../src/jobs/when-ended.js';

const nothing = (): void => undefined;

async function fails(text: string): Promise<never> {
  await undefined;
  throw new Error(text);
}

/** Two turns of the event loop: Node tells of unhandled rejections at the end of the first. */
async function settled(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('beside()', () => {
  const unhandled = vi.fn();
  let others: NodeJS.UnhandledRejectionListener[] = [];

  beforeEach(() => {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', unhandled);
    unhandled.mockClear();
  });
  afterEach(() => {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  });

  test('beside() - leaves nothing on a promise but a constructor that is its own', async () => {
    const promise = Promise.resolve(1);
    beside(promise, nothing, nothing);
    beside(promise, nothing, nothing);
    expect(Reflect.ownKeys(promise)).toEqual(['constructor']);
    expect(promise.constructor).toBe(Promise);
    await promise;
  });

  test('beside() - hears how a promise ends', async () => {
    const heard: unknown[] = [];
    expect(
      beside(
        Promise.resolve(1),
        (value) => heard.push(value),
        (error) => heard.push(error),
      ),
    ).toBe(true);
    await settled();
    expect(heard).toEqual([1]);
  });

  test('beside() - hears the end before those that ask after it', async () => {
    const heard: string[] = [];
    const promise = Promise.resolve();
    beside(promise, () => heard.push('beside'), nothing);
    await promise;
    heard.push('caller');
    expect(heard).toEqual(['beside', 'caller']);
  });

  test('beside() - a caller that awaits goes on in the same turn as without it', async () => {
    const order: string[] = [];
    const run = async (name: string, isHeard: boolean): Promise<void> => {
      const promise = (async () => {
        await undefined;
      })();
      if (isHeard) beside(promise, nothing, nothing);
      await promise;
      order.push(name);
    };
    await Promise.all([run('a', false), run('b', true), run('c', false), run('d', true), run('e', false)]);
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('beside() - a rejection that nobody handles stays unhandled, once', async () => {
    const promise = fails('nobody');
    beside(promise, nothing, nothing);
    beside(promise, nothing, nothing);
    await settled();
    expect(unhandled.mock.calls.map(([error]) => String(error))).toEqual(['Error: nobody']);
  });

  test.each<[string, (promise: Promise<never>) => unknown]>([
    ['await', async (promise) => await promise],
    ['then()', (promise) => promise.then(nothing)],
    ['finally()', (promise) => promise.finally(nothing)],
    ['an async function that returns it', async (promise) => promise],
    ['Promise.all()', (promise) => Promise.all([promise])],
    ['Promise.race()', (promise) => Promise.race([promise])],
    ['Promise.resolve()', (promise) => Promise.resolve(promise)],
  ])('beside() - a rejection that %s hands on and a caller handles is none', async (_, handOn) => {
    const promise = fails('handled');
    beside(promise, nothing, nothing);
    await expect(handOn(promise)).rejects.toThrow('handled');
    await settled();
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('beside() - a rejection that is handled late, within the turn, is none', async () => {
    const promise = fails('late');
    beside(promise, nothing, nothing);
    for (let i = 0; i < 5; i++) await undefined;
    promise.catch(nothing);
    await settled();
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('beside() - a rejection of a promise that somebody had before is not told again', async () => {
    const promise = fails('guarded');
    promise.catch(nothing);
    beside(promise, nothing, nothing, false);
    await settled();
    expect(unhandled).not.toHaveBeenCalled();
  });

  const guarded = async (): Promise<never> => fails('guarded');
  test.each<[string, () => unknown, boolean]>([
    ['an async function', async () => fails('nobody'), true],
    [
      'an async method',
      {
        async run() {
          return fails('nobody');
        },
      }.run,
      true,
    ],
    [
      'a function that guards it',
      () => {
        const p = fails('guarded');
        p.catch(nothing);
        return p;
      },
      false,
    ],
    [
      'a proxy over an async function',
      new Proxy(guarded, {
        apply(fn) {
          const p = fn();
          p.catch(nothing);
          return p;
        },
      }),
      false,
    ],
    [
      'a function whose name is async',
      {
        async() {
          const p = fails('guarded');
          p.catch(nothing);
          return p;
        },
      }.async,
      false,
    ],
  ])('whenEnded() - what %s gives', async (_, fn, isTold) => {
    whenEnded(fn, fn(), nothing);
    await settled();
    expect(unhandled).toHaveBeenCalledTimes(isTold ? 1 : 0);
  });

  test('enqueue.run() and attempt.run() - a rejection that the app handles in the function is none', async () => {
    const queue = createJobs(createSignalbox(), { system: 'test' }).queue('mail');
    const guards = (): Promise<never> => {
      const promise = fails('guarded');
      promise.catch(nothing);
      return promise;
    };
    void queue.enqueue({ type: 'welcome' }).run(guards);
    void queue.attempt({ job: { type: 'welcome' }, number: 1 }).run(guards);
    await settled();
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('beside() - a foreign thenable is left alone', () => {
    const then = vi.fn();
    expect(beside({ then }, nothing, nothing)).toBe(false);
    expect(then).not.toHaveBeenCalled();
  });

  test('beside() - takes a frozen promise', async () => {
    const heard = vi.fn();
    expect(beside(Object.freeze(Promise.resolve(1)), heard, nothing)).toBe(true);
    await settled();
    expect(heard).toHaveBeenCalledWith(1);
  });
});
