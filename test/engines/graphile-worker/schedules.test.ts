import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerOptions } from 'graphile-worker';
import { parseCronItems, run } from 'graphile-worker';
import type { GraphileJobs } from 'signalbox/graphile-worker';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { Rig, TASK, until } from './rig.js';

const rig = new Rig();
const MINUTE = 60_000;

afterEach(() => {
  vi.useRealTimers();
});

/** A runner that knew its crontab, and has stopped: nobody puts jobs in by it any more. */
async function ranWith(jobs: GraphileJobs, more: Partial<RunnerOptions>): Promise<void> {
  const runner = await run(jobs.runner(rig.options({ [TASK]: () => undefined }, more)));
  await until('the crontab is known', async () => {
    const { rows } = await rig.pool.query('select * from graphile_worker._private_known_crontabs');
    return rows.length > 0;
  });
  await runner.stop();
}

/** Both clocks stand, a second after a minute began, until the test moves them; timers go on. */
function stopClocks(): number {
  const minute = Math.ceil(Date.now() / MINUTE) * MINUTE;
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: minute + 1000 });
  vi.advanceTimersByTime(1);
  return minute;
}

function missed(): unknown[] {
  return rig.otel.logs('schedule.missed').map(({ attributes }) => attributes);
}

describe('monitor() - the crontab of a runner', () => {
  test('monitor() - tells a tick that no process put in, and none that one did', async () => {
    const { jobs } = rig.process();
    await ranWith(jobs, { crontab: `* * * * * ${TASK} ?id=minutely\n0 4 * * * other` });
    const minute = stopClocks();
    const monitor = jobs.monitor(rig.pool, TASK, { scheduleGraceMillis: 30_000 });
    rig.later(() => monitor.stop());
    await monitor.check();

    vi.advanceTimersByTime(MINUTE + 31_000);
    await rig.pool.query('update graphile_worker._private_known_crontabs set last_execution = $1', [
      new Date(minute + MINUTE),
    ]);
    await monitor.check();
    expect(missed()).toEqual([]);

    vi.advanceTimersByTime(MINUTE);
    await monitor.check();
    await monitor.check();
    expect(missed()).toEqual([
      {
        'schedule.name': 'minutely',
        'schedule.missed': 1,
        'schedule.due_at': new Date(minute + 2 * MINUTE).toISOString(),
        'messaging.destination.name': TASK,
      },
    ]);
  });

  test.each([
    ['a list of items', () => ({ parsedCronItems: parseCronItems([{ task: TASK, match: '* * * * *' }]) })],
    [
      'a function that matches',
      () => ({ parsedCronItems: parseCronItems([{ task: TASK, match: () => true, identifier: TASK }]) }),
    ],
    [
      'a file',
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'signalbox-crontab-'));
        rig.later(() => rmSync(folder, { recursive: true }));
        writeFileSync(join(folder, 'crontab'), `* * * * * ${TASK}\n`);
        return { crontabFile: join(folder, 'crontab') };
      },
    ],
  ])('monitor() - knows a crontab that is %s', async (_what, options) => {
    const { jobs } = rig.process();
    await ranWith(jobs, options());
    stopClocks();
    const monitor = jobs.monitor(rig.pool, TASK, { scheduleGraceMillis: 30_000 });
    rig.later(() => monitor.stop());
    await monitor.check();
    vi.advanceTimersByTime(MINUTE + 31_000);
    await monitor.check();
    expect(missed()).toMatchObject([{ 'schedule.name': TASK }]);
  });

  test('monitor() - tells how long ago a job of the task ended well here', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const runner = await run(
      jobs.runner(rig.options({ [TASK]: () => undefined }, { crontab: `0 4 * * * ${TASK} ?id=nightly` })),
    );
    const monitor = jobs.monitor(utils, TASK);
    rig.later(() => monitor.stop());
    await until('the age is known', async () => {
      await monitor.check();
      await utils.addJob(TASK, {});
      return (await rig.otel.points('schedule.last_completed.age')).length > 0;
    });
    const [point] = await rig.otel.points('schedule.last_completed.age');
    expect(point?.labels).toMatchObject({
      'messaging.system.name': 'graphile-worker',
      'schedule.name': 'nightly',
    });
    await runner.stop();
  });

  test('monitor() - without a crontab, asks for none', async () => {
    const diag = recordDiag();
    const { jobs } = rig.process();
    await rig.utils(jobs);
    const asked: string[] = [];
    const source = {
      query: (text: string, values: unknown[]) => {
        asked.push(text);
        return rig.pool.query(text, values);
      },
    };
    const monitor = jobs.monitor(source, TASK);
    await monitor.check();
    monitor.stop();
    expect(asked.join('\n')).not.toContain('crontabs');
    expect(diag).toEqual([]);
  });
});

describe('schedule()', () => {
  test('schedule() - knows the jobs of a task that is called as it is', async () => {
    const { jobs } = rig.process();
    const utils = await rig.utils(jobs);
    const schedule = jobs.schedule(TASK, { everyMillis: 3_600_000 });
    rig.later(() => schedule.stop());
    const runner = await run(jobs.runner(rig.options({ [TASK]: () => undefined })));
    await utils.addJob(TASK, {});
    await until('it ended', () => rig.otel.logs('job.completed').length === 1);
    const points = await rig.otel.points('schedule.last_completed.age');
    expect(points.map(({ labels }) => labels['schedule.name'])).toEqual([TASK]);
    await runner.stop();
  });
});
