import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { ended, QUEUE, RETRY, recorded, startRig } from './rig.js';

afterEach(resetOtel);

const job = { id: 'j-1', type: 'welcome' };

describe("compat: '0.1'", () => {
  test("compat: '0.1' - calls enqueue spans by their queue, and tells whole events, as that version did", () => {
    const { otel, queue } = startRig({ compat: '0.1' });
    const enqueue = queue.enqueue(job);
    enqueue.accepted({ queueSize: 1 });
    queue.attempt({ job, carrier: enqueue.carrier, number: 1, worker: 'w' }).failed(new Error('no'), RETRY);
    queue.abandoned(job, { reason: 'cancelled' });
    const spans = [
      ended(otel, `enqueue ${QUEUE}`),
      ended(otel, 'process welcome'),
      ended(otel, 'settle welcome'),
    ];
    const events = spans.flatMap((span) => span.events);
    expect(events.map(({ name }) => name)).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.abandoned',
    ]);
    for (const { name, attributes } of events) expect(attributes).toEqual(recorded(otel, name));
  });

  test('compat - of one queue wins over that of all', () => {
    const { otel, box } = startRig();
    const jobs = createJobs(box, { compat: '0.1' });
    jobs
      .queue('old', { types: ['welcome'] })
      .enqueue(job)
      .accepted();
    expect(otel.spans().map(({ name }) => name)).toEqual(['enqueue old']);
  });

  test('compat - what is no earlier version is told at construction', () => {
    for (const compat of ['0.2', 0.1, true])
      expect(() => createJobs(createSignalbox(), { compat: compat as never })).toThrow(
        /createJobs: `compat` is .+\. Use '0\.1'\./,
      );
  });
});
