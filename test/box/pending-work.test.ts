import { describe, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { createSignalbox, defineSignal } from '../../src/index.js';

const FOUND = defineSignal('ANSWER_FOUND', {});
const LEFT = defineSignal('LEFT_OPEN', {});

function boxWithUntold() {
  const seen: string[] = [];
  const box = createSignalbox({ destinations: { seen: ({ signal }) => void seen.push(signal) } });
  const { promise, resolve } = deferred();
  box[CORE].tellLater(promise.then(() => box.emit(FOUND)));
  return { box, seen, resolve };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}

describe('tellLater()', () => {
  test('tellLater() - forceFlush waits for what is told later', async () => {
    const { box, seen, resolve } = boxWithUntold();
    const flushed = box.forceFlush();
    resolve();
    await flushed;
    expect(seen).toEqual(['ANSWER_FOUND']);
  });

  test('tellLater() - shutdown waits for what is told later, and takes it', async () => {
    const { box, seen, resolve } = boxWithUntold();
    const closed = box.shutdown();
    resolve();
    expect(await closed).toEqual({ complete: true, undelivered: {} });
    expect(seen).toEqual(['ANSWER_FOUND']);
  });

  test('tellLater() - what is never told holds neither beyond the deadline', async () => {
    const { box } = boxWithUntold();
    await box.forceFlush({ timeoutMillis: 20 });
    expect(await box.shutdown({ timeoutMillis: 20 })).toEqual({ complete: true, undelivered: {} });
  });

  test('tellLater() - what rejects is waited for like any other', async () => {
    const box = createSignalbox();
    box[CORE].tellLater(Promise.reject(new Error('no answer')));
    expect(await box.shutdown()).toMatchObject({ complete: true });
  });
});

describe('tellAtEnd()', () => {
  test('tellAtEnd() - a shutdown tells what is open, once, after what is told later, and takes it', async () => {
    const { box, seen, resolve } = boxWithUntold();
    box[CORE].tellAtEnd(() => box.emit(LEFT));
    await box.forceFlush({ timeoutMillis: 20 });
    expect(seen).toEqual([]);
    const closed = box.shutdown();
    resolve();
    expect(await closed).toEqual({ complete: true, undelivered: {} });
    await box.shutdown();
    expect(seen).toEqual(['ANSWER_FOUND', 'LEFT_OPEN']);
  });

  test('tellAtEnd() - what is open no longer is not told', async () => {
    const seen: string[] = [];
    const box = createSignalbox({ destinations: { seen: ({ signal }) => void seen.push(signal) } });
    const undo = box[CORE].tellAtEnd(() => box.emit(LEFT));
    undo();
    await box.shutdown();
    expect(seen).toEqual([]);
  });
});
