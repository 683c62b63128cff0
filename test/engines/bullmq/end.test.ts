import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import { expect, test } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

test('the usual order of an end (worker, queue, box) loses nothing and tells nothing, with a monitor that nobody stopped', async () => {
  const told = recordDiag();
  const box = createSignalbox();
  const jobs = bullmqJobs(box);
  const queue = jobs.queue(rig.rawQueue());
  const monitor = jobs.monitor(queue, { intervalMillis: 20 });
  const worker = rig.worker(async () => undefined, {}, jobs);
  await queue.add('welcome', SECRET);
  await rig.told('job.completed');
  await worker.close();
  await queue.close();
  // What is collected now looks at a queue that is closed.
  await rig.otel.metrics();
  await monitor.check();
  expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
  expect(told).toEqual([]);
});
