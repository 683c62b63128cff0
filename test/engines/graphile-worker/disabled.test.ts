import type { DbJob, Task, WorkerUtils } from 'graphile-worker';
import { makeWorkerUtils, run, runOnce } from 'graphile-worker';
import type { Signalbox } from 'signalbox';
import type { GraphileJobs } from 'signalbox/graphile-worker';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gate, Rig, SILENT, TASK, until } from './rig.js';

// A box that is disabled leaves the engine as it is: no question to the database, nothing in a payload, no other promise.

const rig = new Rig();

afterEach(() => vi.unstubAllEnvs());

const WAYS: readonly (readonly [string, () => { readonly box: Signalbox; readonly jobs: GraphileJobs }])[] = [
  [
    'disable()',
    () => {
      const made = rig.process({ attemptLinks: 'persist' });
      made.box.disable();
      return made;
    },
  ],
  [
    'OTEL_SDK_DISABLED',
    () => {
      vi.stubEnv('OTEL_SDK_DISABLED', 'true');
      return rig.process({ attemptLinks: 'persist' });
    },
  ],
];

/** The engine's utils with a method for each change, as a pool of theirs answers. */
function changes() {
  const promises: Promise<unknown>[] = [];
  const change = () => {
    const promise = Promise.resolve([{ id: '1', payload: { a: 1, _signalbox: { carrier: {} } } }]);
    promises.push(promise);
    return promise;
  };
  const withPgClient = vi.fn();
  const engine = {
    addJob: change,
    addJobs: change,
    completeJobs: change,
    permanentlyFailJobs: change,
    rescheduleJobs: change,
    forceUnlockWorkers: change,
    withPgClient,
  };
  return { engine: engine as unknown as WorkerUtils, withPgClient, promises };
}

describe.each(WAYS)('%s', (_, make) => {
  test('utils() - calls are made at once, as they are, and give the engine’s own promises', async () => {
    const { engine, withPgClient, promises } = changes();
    const utils = make().jobs.utils(engine);
    const payload = { a: 1 };
    const specs = [{ identifier: TASK, payload }];
    const results = [
      utils.addJob(TASK, payload),
      utils.addJobs(specs),
      utils.completeJobs(['1']),
      utils.permanentlyFailJobs(['1']),
      utils.rescheduleJobs(['1'], {}),
      utils.forceUnlockWorkers(['gone']),
    ];
    expect(results).toHaveLength(promises.length);
    for (const [i, result] of results.entries()) expect(result).toBe(promises[i]);
    await Promise.all(results);
    expect(withPgClient).not.toHaveBeenCalled();
  });

  test('utils() - the app does not see what others put into payloads', async () => {
    const utils = make().jobs.utils(changes().engine);
    expect(await utils.completeJobs(['1'])).toEqual([{ id: '1', payload: { a: 1 } } as unknown as DbJob]);
  });

  test('monitor() - asks the database nothing', async () => {
    const withPgClient = vi.fn();
    const monitor = make().jobs.monitor({ withPgClient }, TASK);
    rig.later(() => monitor.stop());
    await monitor.check();
    await monitor.check();
    expect(withPgClient).not.toHaveBeenCalled();
  });

  test('runner() - jobs are added, run and fail as without it, and tasks do not see what others put into payloads', async () => {
    const others = await rig.utils(rig.process().jobs);
    await others.addJob(TASK, { n: 1 }, { maxAttempts: 2 });
    const told = rig.otel.logs().length;
    const { jobs } = make();
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, { n: 2 }, { maxAttempts: 2 });
    await utils.addJobs([{ identifier: TASK, payload: { n: 3 }, maxAttempts: 2 }]);
    const rows = await rig.rows();
    expect(rows.slice(1).map(({ payload }) => payload)).toEqual([{ n: 2 }, { n: 3 }]);
    const seen: unknown[] = [];
    const task: Task = (payload) => {
      seen.push(payload);
      throw new Error('once');
    };
    await runOnce(jobs.runner(rig.options({ [TASK]: task })));
    await rig.written();
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await rig.rows()).map(({ last_error }) => last_error)).toEqual(['once', 'once', 'once']);
    expect(rig.otel.logs()).toHaveLength(told);
    expect(rig.otel.spans(`process ${TASK}`)).toEqual([]);
  });
});

test('disable() - a monitor, utils and attempts that were observed before ask and tell nothing after it', async () => {
  const { box, jobs } = rig.process();
  const raw = await makeWorkerUtils({ pgPool: rig.pool, logger: SILENT });
  rig.later(() => raw.release());
  const asks = vi.spyOn(raw, 'withPgClient');
  const utils = jobs.utils(raw);
  const monitor = jobs.monitor(utils, TASK);
  rig.later(() => monitor.stop());
  await monitor.check();
  expect(asks).toHaveBeenCalled();
  const job = await utils.addJob(TASK, {});
  const held = gate();
  const runner = await run(jobs.runner(rig.options({ [TASK]: () => held.opened })));
  await until('it runs', () => rig.otel.logs('job.started').length === 1);
  box.disable();
  asks.mockClear();
  const told = rig.otel.logs().length;
  await monitor.check();
  await utils.rescheduleJobs([job.id], { priority: 1 });
  held.open();
  await until('its row is gone', async () => (await rig.rows()).length === 0);
  await runner.stop();
  expect(asks).not.toHaveBeenCalled();
  expect(rig.otel.logs()).toHaveLength(told);
});
