import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Look } from '../../src/jobs/store-query.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store that answers when it is told to, and the questions that it has. */
function asked() {
  const open: ((answer: number) => void)[] = [];
  const look = new Look<number>(
    () => new Promise<number>((resolve) => open.push(resolve)),
    (answer) => answer as number,
    () => undefined,
  );
  /** A collection each five seconds. */
  const collect = async (times: number): Promise<unknown> => {
    let last: unknown;
    for (let i = 0; i < times; i++) {
      const looked = look.now();
      await vi.advanceTimersByTimeAsync(5000);
      last = await looked;
    }
    return last;
  };
  return { open, look, collect };
}

test('a look - a store that hangs is asked one question, however often is collected', async () => {
  const { open, look, collect } = asked();
  expect(await collect(11)).toBeUndefined();
  expect(open).toHaveLength(1);
  open[0]?.(7);
  await vi.advanceTimersByTimeAsync(0);
  expect(look.answered()).toBe(true);
  const next = look.now();
  expect(open).toHaveLength(2);
  open[1]?.(8);
  expect(await next).toBe(8);
});

test('a look - a question that is lost is asked anew, and no more than three are ever open', async () => {
  const { open, look, collect } = asked();
  await collect(14);
  expect(open).toHaveLength(2);
  await collect(200);
  expect(open).toHaveLength(3);
  open[2]?.(9);
  await vi.advanceTimersByTimeAsync(0);
  const next = look.now();
  expect(open).toHaveLength(4);
  open[3]?.(10);
  expect(await next).toBe(10);
});
