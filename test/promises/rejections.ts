import { afterEach, beforeEach, expect } from 'vitest';

// Taken before any test puts fake timers in its place.
const realImmediate = setImmediate;

/** Fails each test of a file in which a promise is rejected and nobody takes it. */
export function noUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const keep = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', keep);
  });
  afterEach(async () => {
    // Node tells of them after the microtasks of a turn.
    for (let i = 0; i < 3; i++) await new Promise<void>((done) => realImmediate(done));
    process.off('unhandledRejection', keep);
    expect(unhandled, 'unhandled rejections').toEqual([]);
  });
}
