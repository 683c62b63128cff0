import { expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

test('an attempt that the supervisor ended while its handler still runs here - is linked to by the next one', async () => {
  const queue = await rig.newQueue({ retryLimit: 1 });
  let finish: () => void = () => undefined;
  let calls = 0;
  await rig.boss.work(queue, { ...QUICK, localConcurrency: 2 }, async () => {
    calls++;
    if (calls === 1)
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
  });
  await rig.boss.send(queue, {});
  await until('the first attempt', () => calls === 1);
  await rig.pglite.query(
    "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE name = $1 AND state = 'active'",
    [queue],
  );
  await until('the second attempt', async () => {
    await rig.pglite.query('UPDATE pgboss.queue SET maintain_on = NULL, monitor_on = NULL WHERE name = $1', [
      queue,
    ]);
    await rig.boss.supervise(queue);
    return calls === 2;
  });
  await until('its end', () => rig.records(queue, 'job.completed')[0]);
  finish();
  await rig.boss.offWork(queue);
  await rig.told();
  const attempts = rig.spans(queue, 'process');
  const [first, second] = [1, 2].map((number) =>
    attempts.find(({ attributes }) => attributes['job.attempt.number'] === number),
  );
  expect(second?.links.map(({ context }) => context.spanId)).toContain(first?.spanContext().spanId);
});
