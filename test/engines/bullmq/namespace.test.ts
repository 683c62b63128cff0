import { FlowProducer } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

describe('a queue under another prefix', () => {
  test('is told apart by it: jobs, their ends, and monitors', async () => {
    const one = rig.queue({ prefix: 'shop:eu' });
    const two = rig.queue();
    const { id } = await one.add('welcome', SECRET);
    await two.add('welcome', SECRET);
    await two.add('welcome', SECRET);
    await one.remove(id ?? '');
    await rig.settled();
    expect(rig.records('job.queued').map((record) => record['queue.namespace'])).toEqual([
      'shop:eu',
      undefined,
      undefined,
    ]);
    expect(rig.records('job.abandoned')).toMatchObject([{ 'queue.namespace': 'shop:eu' }]);
    const counted = (await rig.otel.points('job.enqueued')).map(({ value, labels }) => [
      labels['queue.namespace'],
      value,
    ]);
    expect(new Map(counted as [unknown, number][])).toEqual(
      new Map<unknown, number>([
        ['shop:eu', 1],
        [undefined, 2],
      ]),
    );
  });

  test('nodes of a flow are told by the prefix of each, and what is removed beneath them as well', async () => {
    const raw = new FlowProducer({ connection: rig.connection, prefix: 'a' });
    rig.later(() => raw.close());
    const flows = rig.jobs.flowProducer(raw);
    const { job } = await flows.add({
      name: 'root',
      queueName: rig.name,
      children: [
        { name: 'child', queueName: rig.name, prefix: 'b' },
        { name: 'child', queueName: rig.name, prefix: 'bull' },
      ],
    });
    await job.remove();
    await rig.settled();
    const namespaces = (event: string): unknown[] =>
      rig
        .records(event)
        .map((record) => record['queue.namespace'] ?? 'none')
        .sort();
    expect(namespaces('job.queued')).toEqual(['a', 'b', 'none']);
    expect(namespaces('job.abandoned')).toEqual(['a', 'b', 'none']);
  });
});

describe("a timestamp of the app's", () => {
  test('leaves the moment of the add in the note, and in the turnaround of what is removed', async () => {
    const { readMetadata } = await import('../../../src/adapters/bullmq/job-carrier.js');
    const long = Date.now() - 3_600_000;
    const queue = rig.queue({ defaultJobOptions: { timestamp: long } });
    const before = Date.now();
    const job = await queue.add('welcome', SECRET);
    expect(job.timestamp).toBe(long);
    const { enqueuedAt } = readMetadata(job.opts.telemetry?.metadata);
    expect(enqueuedAt).toBeGreaterThanOrEqual(before - 1);
    expect(enqueuedAt).toBeLessThan(before + 60_000);
    await job.remove();
    await rig.settled();
    expect(Number(rig.records('job.abandoned')[0]?.['job.turnaround.duration'])).toBeLessThan(60);
  });
});
