import { describe, expect, test } from 'vitest';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

describe('flowProducer()', () => {
  test('add() - each node is a job of its queue with a span and context of its own; the tree given stays as it was', async () => {
    const flow = {
      name: 'welcome',
      queueName: rig.name,
      data: SECRET,
      children: [
        { name: 'child', queueName: rig.name, data: SECRET },
        { name: 'child', queueName: `${rig.name}-b`, data: SECRET, opts: { attempts: 2 } },
      ],
    };
    const before = structuredClone(flow);
    const added = await rig.flows().add(flow);
    expect(flow).toEqual(before);
    expect(
      rig
        .enqueues()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['enqueue welcome', `enqueue ${rig.name}`, `enqueue ${rig.name}-b`].sort());
    const ids = new Set(rig.records('job.queued').map((record) => record['job.id']));
    expect(ids).toEqual(
      new Set([added.job, ...(added.children ?? []).map(({ job }) => job)].map(({ id }) => id)),
    );
    const queue = rig.rawQueue();
    const parent = await queue.getJob(added.job.id ?? '');
    expect(parent?.opts.telemetry?.metadata).toContain('traceparent');
  });

  test('a parent runs on its own trace once its children have ended; its wait is not known', async () => {
    rig.worker(async () => undefined);
    const { job } = await rig.flows().add({
      name: 'welcome',
      queueName: rig.name,
      children: [{ name: 'child', queueName: rig.name }],
    });
    await rig.told('job.completed', 2);
    const own = rig.attempts().filter(({ attributes }) => attributes['job.id'] === job.id);
    expect(own).toHaveLength(1);
    expect(own[0]?.attributes).not.toHaveProperty('job.wait.duration');
    const enqueue = rig.enqueues().find(({ attributes }) => attributes['job.id'] === job.id);
    expect(own[0]?.parentSpanContext?.spanId).toBe(enqueue?.spanContext().spanId);
    const child = rig.attempts().find(({ attributes }) => attributes['job.id'] !== job.id);
    expect(child?.attributes['job.wait.duration']).toBeGreaterThanOrEqual(0);
    const done = rig.records('job.completed').find((record) => record['job.id'] === job.id);
    expect(done).not.toHaveProperty('job.turnaround.duration');
  });

  test('failParentOnFailure - the parent is abandoned without an attempt, because of its child', async () => {
    rig.worker(async (job) => {
      if (job.name === 'child') throw new Error('no');
    });
    const { job } = await rig.flows().add({
      name: 'welcome',
      queueName: rig.name,
      children: [{ name: 'child', queueName: rig.name, opts: { failParentOnFailure: true } }],
    });
    await rig.told('job.abandoned', 2);
    const end = rig.records('job.abandoned').find((record) => record['job.id'] === job.id);
    expect(end).toMatchObject({ 'job.abandon.reason': 'parent_failed', 'job.attempts': 0 });
    expect(rig.attempts()).toHaveLength(1);
  });

  test('add() - a node whose id is there already is a duplicate', async () => {
    const flows = rig.flows();
    const flow = { name: 'welcome', queueName: rig.name, data: SECRET, opts: { jobId: 'one' } };
    await flows.add(flow);
    await flows.add(flow);
    await rig.settled();
    expect(rig.story()).toEqual(['job.queued', 'job.duplicate']);
  });

  test('addBulk() - all flows in one call', async () => {
    const added = await rig.flows().addBulk([
      { name: 'welcome', queueName: rig.name, data: SECRET },
      {
        name: 'welcome',
        queueName: rig.name,
        data: SECRET,
        children: [{ name: 'child', queueName: rig.name }],
      },
    ]);
    expect(added).toHaveLength(2);
    expect(rig.records('job.queued')).toHaveLength(3);
  });

  test('a flow that can not be is refused as a whole, with the error that BullMQ gives', async () => {
    const flow = {
      name: 'welcome',
      queueName: rig.name,
      children: [{ name: 'child', queueName: rig.name, opts: { priority: 0.5 } }],
    };
    await expect(rig.flows().add(flow)).rejects.toThrow('Priority should not be float');
    expect(rig.records('job.rejected')).toHaveLength(2);
  });
});
