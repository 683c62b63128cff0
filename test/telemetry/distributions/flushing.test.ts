import { logs } from '@opentelemetry/api-logs';
import { createSignalbox } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, turn, useFakeTime, useRealTime } from '../../examples/queue/fake-time.js';
import { resetOtel } from '../../support/otel.js';

vi.mock('../../../src/delivery/timers.js', () => import('../../support/global-timers.js'));
beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

/** A LoggerProvider that can be flushed. */
function register(forceFlush: () => unknown, resource?: object): void {
  const getLogger = (): object => ({ emit() {} });
  logs.setGlobalLoggerProvider({ getLogger, forceFlush, _sharedState: { resource } } as never);
}

/** A promise, and what settles it. */
function pending(): { readonly promise: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

/** A resource that is still being found. */
function detecting(until: Promise<void>): { asyncAttributesPending: boolean; attributes: object } {
  const resource = {
    attributes: {},
    asyncAttributesPending: true,
    waitForAsyncAttributes: () =>
      until.then(() => {
        resource.asyncAttributesPending = false;
      }),
  };
  return resource;
}

describe("flushing the app's providers", () => {
  test('shutdown() - very early: waits until the resource is found, and flushes then', async () => {
    const { promise, end } = pending();
    const resource = detecting(promise);
    const flush = vi.fn(() => expect(resource.asyncAttributesPending).toBe(false));
    register(flush, resource);
    const closing = createSignalbox().shutdown();
    await pass(1000);
    expect(flush).not.toHaveBeenCalled();
    end();
    await closing;
    expect(flush).toHaveBeenCalledTimes(1);
  });

  test('shutdown() - a resource that is never found: over at the deadline, and nothing is flushed', async () => {
    const flush = vi.fn();
    register(flush, detecting(new Promise(() => {})));
    let over = false;
    void createSignalbox()
      .shutdown({ timeoutMillis: 200 })
      .then(() => {
        over = true;
      });
    await pass(199);
    expect(over).toBe(false);
    await pass(1);
    expect(over).toBe(true);
    expect(flush).not.toHaveBeenCalled();
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['gives no promise', () => 'flushed'],
  ])(
    'forceFlush() and shutdown() - settle where a provider %s, and nothing is unhandled',
    async (_, flush) => {
      const unhandled = vi.fn();
      process.on('unhandledRejection', unhandled);
      const spy = vi.fn(flush);
      register(spy);
      const box = createSignalbox();
      await box.forceFlush();
      await box.shutdown();
      useRealTime();
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', unhandled);
      expect(spy).toHaveBeenCalledTimes(2);
      expect(unhandled).not.toHaveBeenCalled();
    },
  );

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])(
    'forceFlush() - a resource whose finding %s is waited for no more',
    async (_, waitForAsyncAttributes) => {
      const flush = vi.fn();
      register(flush, { attributes: {}, asyncAttributesPending: true, waitForAsyncAttributes });
      await createSignalbox().forceFlush();
      expect(flush).toHaveBeenCalledTimes(1);
    },
  );

  test('forceFlush() - of one provider goes on once at a time, and what came meanwhile is in the next', async () => {
    const ends: (() => void)[] = [];
    let [running, most] = [0, 0];
    const flush = vi.fn(async () => {
      most = Math.max(most, ++running);
      const { promise, end } = pending();
      ends.push(end);
      await promise;
      running--;
    });
    register(flush);
    const boxes = [createSignalbox(), createSignalbox()];
    const done = boxes.flatMap((box) => [box.forceFlush(), box.forceFlush()]);
    await turn();
    expect(flush).toHaveBeenCalledTimes(1);
    ends[0]?.();
    await turn();
    expect(flush).toHaveBeenCalledTimes(2);
    ends[1]?.();
    await Promise.all(done);
    expect([flush.mock.calls.length, most]).toEqual([2, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('forceFlush() - where one hangs the next is over at its own deadline, and is made all the same', async () => {
    const flush = vi.fn(() => new Promise(() => {}));
    register(flush);
    const box = createSignalbox();
    const over: number[] = [];
    void box.forceFlush({ timeoutMillis: 100 }).then(() => over.push(1));
    void box.forceFlush({ timeoutMillis: 300 }).then(() => over.push(2));
    await pass(100);
    expect(over).toEqual([1]);
    await pass(200);
    expect(over).toEqual([1, 2]);
    expect(flush).toHaveBeenCalledTimes(2);
  });
});
