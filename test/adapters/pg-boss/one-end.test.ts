import type { PgBoss, Queue, WorkOptions } from 'pg-boss';
import type { PgBossJobsOptions } from 'signalbox/pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import { describe, expect, test } from 'vitest';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

type Settle = NonNullable<PgBossJobsOptions['settle']>;
type EndIt = (boss: PgBoss, queue: string, id: string) => Promise<unknown>;

const bosses = new Map<Settle, Promise<PgBoss>>();

/** A boss that settles so. */
function bossOf(settle: Settle): Promise<PgBoss> {
  let boss = bosses.get(settle);
  if (!boss) {
    const made = rig.observed({}, pgBossJobs(rig.box, { settle }));
    boss = made.start().then(() => made);
    bosses.set(settle, boss);
  }
  return boss;
}

/** Runs a job whose handler has it ended by a command and then goes on to its own end. */
async function endWithin(
  settle: Settle,
  end: EndIt,
  how: { readonly throws: boolean; readonly work?: WorkOptions; readonly queue?: Partial<Queue> },
): Promise<string> {
  const boss = await bossOf(settle);
  const queue = await rig.newQueue(how.queue);
  await boss.send(queue, {});
  if (how.work?.batchSize) await boss.send(queue, {});
  await boss.work(queue, { ...QUICK, ...how.work }, async ([job]) => {
    await end(boss, queue, job?.id ?? '');
    if (how.throws) throw new Error('after that');
  });
  await until('span', () => rig.spans(queue, 'process')[0]);
  await boss.offWork(queue);
  await rig.told();
  return queue;
}

const ENDS: readonly (readonly [string, EndIt, string | undefined])[] = [
  ['cancel', (boss, queue, id) => boss.cancel(queue, id), 'cancelled'],
  ['deleteJob', (boss, queue, id) => boss.deleteJob(queue, id), 'removed'],
  ['deleteAllJobs', (boss, queue) => boss.deleteAllJobs(queue), 'removed'],
  ['complete', (boss, queue, id) => boss.complete(queue, id), undefined],
  ['fail', (boss, queue, id) => boss.fail(queue, id), 'max_attempts'],
];

describe('a job that is ended by a command while its handler runs here', () => {
  const cases = ENDS.flatMap(([name, end, told]) =>
    (['exact', 'approximate'] as const).flatMap((settle) =>
      [false, true].map((throws) => ({ name, settle, throws, end, told })),
    ),
  );

  test.each(cases)(
    '$name() - it has one end, and its span ends once ($settle, the handler throws: $throws)',
    async ({ end, told, settle, throws }) => {
      const queue = await endWithin(settle, end, { throws });
      const ends = rig
        .records(queue)
        .filter(({ eventName }) => /job\.(completed|abandoned)/.test(eventName ?? ''));
      expect(ends.map(({ eventName, attributes }) => [eventName, attributes['job.abandon.reason']])).toEqual([
        [told === undefined ? 'job.completed' : 'job.abandoned', told],
      ]);
      const spans = rig.spans(queue, 'process');
      expect(spans).toHaveLength(1);
      expect(ends[0]?.spanContext?.spanId).toBe(spans[0]?.spanContext().spanId);
    },
  );

  test.each(['exact', 'approximate'] as const)(
    'cancel() - of one job of a batch leaves the other its own end (%s)',
    async (settle) => {
      const queue = await endWithin(settle, (boss, name, id) => boss.cancel(name, id), {
        throws: false,
        work: { batchSize: 2 },
      });
      const story = rig.story(queue).filter((name) => /job\.(completed|abandoned)/.test(name));
      expect(story.sort()).toEqual(['job.abandoned', 'job.completed']);
    },
  );

  test('deleteQueue() - a job that runs here is abandoned, and not completed after that', async () => {
    const queue = await endWithin('exact', (boss, name) => boss.deleteQueue(name), { throws: false });
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.abandoned']);
  });
});
