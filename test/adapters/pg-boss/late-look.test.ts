import { fromPglite } from 'pg-boss';
import { describe, expect, test } from 'vitest';
import { gate } from '../../engines/conformance/until.js';
import { useRig } from './rig.js';

// What a command did is looked up beside the app, which goes on: the look may be answered when the job has moved on.

const rig = useRig();

/** A column that only such a look asks for. */
const LOOKS = { command: 'runnable_for', fetch: '"retryCount"' };

/** A boss whose next look at jobs by their ids is sent only when it is told to, and what says that a later one was answered. */
async function slowlyLooking(after: keyof typeof LOOKS = 'command') {
  const [go, looked] = [gate(), gate()];
  const db = fromPglite(rig.pglite);
  let looks = 0;
  let armed = false;
  const boss = rig.observed({
    db: {
      ...db,
      executeSql: async (text: string, values?: unknown[]) => {
        const isLook = armed && text.includes(LOOKS[after]) && text.includes('ANY($2');
        if (!isLook) return db.executeSql(text, values);
        looks += 1;
        if (looks === 1) await go.opened;
        const answer = await db.executeSql(text, values);
        if (looks > 1) looked.open();
        return answer;
      },
    },
  });
  await boss.start();
  armed = true;
  return { boss, go, looked };
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a look that is answered late', () => {
  test('fetch() - of a job that was failed just before, the first attempt ends before the second begins', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const { boss, go } = await slowlyLooking();
    const id = String(await boss.send(queue, {}));
    await boss.fetch(queue);
    await boss.fail(queue, id, new RangeError('not yet'));
    const [second] = await boss.fetch(queue);
    await nextTurn();
    go.open();
    await boss.complete(queue, second?.id ?? '');
    await rig.told();
    expect(rig.story(queue)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.completed',
    ]);
    const numbers = rig.spans(queue, 'process').map(({ attributes }) => attributes['job.attempt.number']);
    expect(numbers).toEqual([1, 2]);
  });

  test('work() - a handler that takes a job which was failed just before is an attempt of its own', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const { boss, go } = await slowlyLooking();
    const id = String(await boss.send(queue, {}));
    await boss.fetch(queue);
    await boss.fail(queue, id, new RangeError('not yet'));
    const began = gate();
    await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => {
      began.open();
      await nextTurn();
    });
    await began.opened;
    go.open();
    await boss.offWork(queue, { wait: true });
    await rig.told();
    expect([...rig.story(queue)].sort()).toEqual([
      'job.completed',
      'job.failed',
      'job.queued',
      'job.retrying',
      'job.started',
      'job.started',
    ]);
    const attempts = rig
      .spans(queue, 'process')
      .map(({ attributes }) => [attributes['job.attempt.number'], attributes['job.attempt.outcome']]);
    expect(attempts.sort()).toEqual([
      [1, 'failed'],
      [2, 'completed'],
    ]);
  });

  test.each([
    ['retry', 'job.revived'],
    ['deleteJob', undefined],
  ] as const)('%s() - after fail() waits until the end of the job is known', async (command, then) => {
    const queue = await rig.newQueue();
    const { boss, go, looked } = await slowlyLooking();
    const id = String(await boss.send(queue, {}));
    await boss.fetch(queue);
    await boss.fail(queue, id, new RangeError('for good'));
    const commanded = boss[command](queue, id);
    await looked.opened;
    await nextTurn();
    go.open();
    await commanded;
    await rig.told();
    const [end] = rig.records(queue, 'job.abandoned');
    expect(end?.attributes['job.abandon.reason']).toBe('max_attempts');
    expect(rig.story(queue)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.abandoned',
      ...(then ? [then] : []),
    ]);
  });

  test('deleteAllJobs() - after fail() waits until the end of the job is known', async () => {
    const queue = await rig.newQueue();
    const { boss, go } = await slowlyLooking();
    const id = String(await boss.send(queue, {}));
    await boss.fetch(queue);
    await boss.fail(queue, id, new RangeError('for good'));
    const deleted = boss.deleteAllJobs(queue);
    await rig.row(queue, id);
    await nextTurn();
    go.open();
    await deleted;
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.failed', 'job.abandoned']);
  });

  test('deleteAllJobs() - after fetch() the job is told as started first, and its attempt is over', async () => {
    const queue = await rig.newQueue();
    const { boss, go } = await slowlyLooking('fetch');
    await boss.send(queue, {});
    await boss.fetch(queue);
    await boss.deleteAllJobs(queue);
    await nextTurn();
    go.open();
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.abandoned']);
    expect(rig.spans(queue, 'process')).toHaveLength(1);
  });

  test('work() - a handler that takes a retry while its first attempt is still looked up completes an attempt of its own', async () => {
    const queue = await rig.newQueue({ retryLimit: 1 });
    const { boss, go } = await slowlyLooking('fetch');
    const id = String(await boss.send(queue, {}));
    await boss.fetch(queue);
    await boss.fail(queue, id, new RangeError('not yet'));
    const [began, over] = [gate(), gate()];
    await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => {
      began.open();
      await over.opened;
    });
    await began.opened;
    go.open();
    await nextTurn();
    over.open();
    await boss.offWork(queue, { wait: true });
    await rig.told();
    const attempts = rig
      .spans(queue, 'process')
      .map(({ attributes }) => [attributes['job.attempt.number'], attributes['job.attempt.outcome']]);
    expect(attempts.sort()).toEqual([
      [1, 'lost'],
      [2, 'completed'],
    ]);
  });
});
