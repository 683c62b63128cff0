import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { AttemptsHere } from '../../../src/adapters/common/attempts-here.js';
import { attemptAt, attemptBegun, listAttempts } from '../../../src/adapters/common/attempts-here.js';

/** Attempts at jobs of these ids; `handed` says of which very object. */
function attemptsOf(name: string, id: string, handed?: object): AttemptsHere & { readonly name: string } {
  return {
    name,
    find: (job) => ((job as { id: unknown }).id === id ? { handed, within: (fn) => fn() } : undefined),
  };
}

test('attemptAt() - of jobs of one id, the one that was handed out here is found, else any', () => {
  const job = { id: '1' };
  const all = [attemptsOf('a', '1', {}), attemptsOf('b', '1', job), attemptsOf('c', '2', { id: '2' })];
  for (const attempts of all) listAttempts('ids', attempts);
  expect(attemptAt('ids', job)?.handed).toBe(job);
  expect(attemptAt('ids', { id: '2' })?.handed).toEqual({ id: '2' });
  expect(attemptAt('ids', { id: '3' })).toBeUndefined();
  expect(attemptAt('another engine', job)).toBeUndefined();
  expect(all).toHaveLength(3);
});

test('attemptAt() - who throws knows nothing, and what is no job is in no attempt', () => {
  const knows = attemptsOf('b', '1');
  const throws: AttemptsHere = {
    find: () => {
      throw new Error('no');
    },
  };
  listAttempts('throwing', throws);
  listAttempts('throwing', knows);
  expect(attemptAt('throwing', { id: '1' })).toBeDefined();
  for (const none of [undefined, null, '1', 1]) expect(attemptAt('throwing', none)).toBeUndefined();
});

test('attemptBegun() - waits for all who know the job, and for nobody where none does', async () => {
  const order: string[] = [];
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const waits: AttemptsHere = {
    find: () => undefined,
    begun: (job) => ((job as { id: unknown }).id === '1' ? begun : undefined),
  };
  const rejects: AttemptsHere = { find: () => undefined, begun: () => Promise.reject(new Error('no')) };
  listAttempts('waiting', waits);
  expect(attemptBegun('waiting', { id: '2' })).toBeUndefined();
  listAttempts('waiting', rejects);
  const waiting = attemptBegun('waiting', { id: '1' })?.then(() => order.push('begun'));
  order.push('asked');
  begin();
  await waiting;
  expect(order).toEqual(['asked', 'begun']);
});

test('listAttempts() - holds nobody: who is gone is asked no more', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const gone = ((): WeakRef<AttemptsHere> => {
    const attempts = attemptsOf('gone', '1');
    listAttempts('leaving', attempts);
    return new WeakRef(attempts);
  })();
  for (let n = 0; n < 100 && gone.deref(); n++) {
    await new Promise((turn) => setImmediate(turn));
    gc();
  }
  expect(gone.deref()).toBeUndefined();
  expect(attemptAt('leaving', { id: '1' })).toBeUndefined();
});
