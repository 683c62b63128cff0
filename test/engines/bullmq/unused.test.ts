import { describe, expect, test, vi } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

describe('a worker whose maker gives another processor on', () => {
  test('is told, once, with the fix, where its jobs complete and where they fail', async () => {
    const told = recordDiag();
    let ran = 0;
    const queue = rig.queue();
    rig.jobs.worker<Mail, unknown>(
      async () => undefined,
      () =>
        rig.rawWorker(async () => {
          ran++;
          if (ran === 2) throw new Error('no');
        }),
    );
    for (let n = 0; n < 3; n++) await queue.add('welcome', SECRET);
    await vi.waitFor(() => expect(ran).toBe(3), { timeout: 10_000 });
    await vi.waitFor(() =>
      expect(told.filter((text) => text.includes('processor'))).toEqual([
        `signalbox: bullmq: a worker of queue '${rig.name}' does not run the processor that its maker was given: its attempts are not seen. Give the processor on, as a class does to super(): jobs.worker(handler, (processor) => new Worker('${rig.name}', processor, options))`,
      ]),
    );
  });

  test('is not told of a processor that calls it, nor of a job that ends without a run', async () => {
    const told = recordDiag();
    const queue = rig.queue();
    rig.jobs.worker<Mail, unknown>(
      async () => undefined,
      (processor) => rig.rawWorker(async (job, token) => processor(job, token), { maxStartedAttempts: 3 }),
    );
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(told).toEqual([]);
  });
});
