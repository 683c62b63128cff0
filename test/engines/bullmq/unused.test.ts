import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
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
        `signalbox: bullmq: a worker of queue '${rig.name}' does not run the processor that its maker got: signalbox does not see its attempts. Pass the processor on, as a class does to super(): jobs.worker(handler, (processor) => new Worker('${rig.name}', processor, options))`,
      ]),
    );
  });

  test('is told on the console in development, with the line of the app that made it', async () => {
    const lines: string[] = [];
    const warn = vi.spyOn(console, 'warn').mockImplementation((text: string) => void lines.push(text));
    rig.later(() => warn.mockRestore());
    const jobs = bullmqJobs(createSignalbox({ development: true }), { types: ['welcome'] });
    const ignored = async (): Promise<void> => undefined;
    const make = (): ReturnType<typeof rig.rawWorker> => rig.rawWorker(async () => undefined);
    const [, line = 0] = /unused\.test\.ts:(\d+)/.exec(new Error().stack ?? '') ?? [];
    jobs.worker<Mail, unknown>(ignored, make);
    const queue = rig.queue();
    await queue.add('welcome', SECRET);
    await queue.add('welcome', SECRET);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    expect(lines[0]).toContain(
      `signalbox (development): bullmq: a worker of queue '${rig.name}' does not run the processor that its maker got`,
    );
    expect(lines[0]).toContain(`unused.test.ts:${Number(line) + 1}:`);
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
