import { expect, test, vi } from 'vitest';
import { inTurn, isTurnOver, watchTurn } from '../../src/delivery/event-loop-turn.js';

const clock = vi.hoisted(() => ({ millis: 0 }));
vi.mock('../../src/delivery/timers.js', async (original) => ({
  ...(await original<object>()),
  clockMillis: () => clock.millis,
}));

test('watchTurn() - counts the time of calls that overlap once', async () => {
  await inTurn(() => undefined);
  const ends = [watchTurn(), watchTurn(), watchTurn()];
  clock.millis += 6;
  for (const end of ends) end();
  expect(isTurnOver()).toBe(false);
  const late = watchTurn();
  clock.millis += 4;
  late();
  expect(isTurnOver()).toBe(true);
});
