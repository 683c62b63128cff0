import { runInNewContext } from 'node:vm';
import { createSignalbox } from 'signalbox';
import { redactPaths } from 'signalbox/redaction';
import { recorder } from 'signalbox/testing';
import { describe, expect, test } from 'vitest';
import { redactedValue } from '../../src/emission/redact-value.js';

/** A query, as builders of them have it: `await` runs it. */
class Query {
  runs = 0;
  readonly sql = 'delete from users';
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
  then(done?: (rows: unknown[]) => void): void {
    this.runs++;
    done?.([]);
  }
}

/** The reasons of the rejections that nobody takes of what `run` does. */
async function unhandledOf(run: () => void): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => reasons.push(reason));
  try {
    run();
    // Node tells of them after the microtasks of a turn.
    for (let i = 0; i < 3; i++) await new Promise<void>((done) => setImmediate(done));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
  return reasons;
}

const HOOKS = [
  ['redactPaths, by no path', redactPaths(['password'])],
  ['redactPaths, by a path into the value', redactPaths(['value.password'])],
  ['a hook that answers with the value', (_: string, value: unknown) => value],
] as const;

describe('redact and what the app can await', () => {
  test.each(HOOKS)('a query that is a value is not run: %s', (_, redact) => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, redact });
    const value = new Query();
    box.info('asked', { value });
    expect(value.runs).toBe(0);
    expect(seen.emissions()[0]?.fields).toEqual({ value: '{"runs":0,"sql":"delete from users"}' });
    expect(box.stats().values.withheld).toBe(0);
  });

  test('a query that a hook finds within the value is withheld, and not run', () => {
    const query = new Query();
    const withheld: string[] = [];
    const left = redactedValue(
      () => query,
      'value',
      { query },
      (_, sentence) => withheld.push(sentence),
    );
    expect([left, query.runs]).toEqual(['[redacted]', 0]);
    expect(withheld).toEqual(['redact gave a promise, and has to answer at once: the value is [redacted]']);
  });

  test.each(HOOKS)('a promise that is a value stays the app’s to handle: %s', async (_, redact) => {
    const reasons = await unhandledOf(() => {
      const value = Promise.reject(new Error('of the app'));
      expect(redactedValue(redact, 'value', value, undefined)).toEqual(expect.anything());
    });
    expect(reasons).toEqual([new Error('of the app')]);
  });

  test.each([
    ['this realm', () => Promise.reject(new Error('late'))],
    ['another realm', () => runInNewContext('Promise.reject(new Error("late"))')],
  ])('a promise of %s that a hook answers with is withheld, and its rejection is taken', async (_, hook) => {
    const reasons = await unhandledOf(() => {
      expect(redactedValue(hook, 'value', 1, undefined)).toBe('[redacted]');
    });
    expect(reasons).toEqual([]);
  });
});
