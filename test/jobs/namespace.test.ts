import { SignalboxError } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { observing } from '../../src/adapters/common/adapter-base.js';
import { CORE } from '../../src/box/core.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { QUEUE, startRig } from './rig.js';

afterEach(resetOtel);

const NAMESPACE = 'queue.namespace';

describe('queues of one name in two namespaces', () => {
  test('metrics - are told apart by the label, which a queue without a namespace does not have', async () => {
    const { otel, jobs } = startRig();
    const [plain, tenant] = [jobs.queue(QUEUE), jobs.queue(QUEUE, { namespace: 'tenant-1' })];
    for (const queue of [plain, tenant, tenant]) queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    const points = await otel.points('job.ended');
    expect(points.map(({ labels, value }) => [labels[NAMESPACE], value])).toEqual([
      [undefined, 1],
      ['tenant-1', 2],
    ]);
    expect(points[0]?.labels).not.toHaveProperty(NAMESPACE);
  });

  test('monitors - each queue has its own, with its own depth, tally and thresholds', async () => {
    const { otel, jobs } = startRig();
    const told = recordDiag();
    const [one, two] = ['tenant-1', 'tenant-2'].map((namespace) => jobs.queue(QUEUE, { namespace }));
    const first = one?.monitor({ depth: () => ({ waiting: 1 }), backlog: { size: 5 } });
    const second = two?.monitor({ depth: () => ({ waiting: 7 }), backlog: { size: 5 } });
    two?.completed({ id: '1' });
    await first?.check();
    await second?.check();
    expect((await otel.points('queue.jobs')).map((p) => [p.labels[NAMESPACE], p.value])).toEqual([
      ['tenant-1', 1],
      ['tenant-2', 7],
    ]);
    expect(
      otel.logs('queue.health_check').map(({ attributes: a }) => [a[NAMESPACE], a['queue.completed_jobs']]),
    ).toEqual([
      ['tenant-1', 0],
      ['tenant-2', 1],
    ]);
    expect(otel.logs('queue.backlog').map((r) => r.attributes[NAMESPACE])).toEqual(['tenant-2']);
    expect(told).toEqual([]);
  });

  test('monitor() - a second one of the same namespace is refused, by a sentence that names both', () => {
    const { jobs } = startRig();
    const queue = jobs.queue(QUEUE, { namespace: 'tenant-1' });
    queue.monitor({ depth: () => ({ waiting: 0 }) });
    expect(() => queue.monitor({ depth: () => ({ waiting: 0 }) })).toThrow(`'${QUEUE}' of 'tenant-1'`);
  });

  test('workers, capacity and memory - belong to one queue alone', async () => {
    const { otel, jobs } = startRig();
    const one = jobs.queue(QUEUE, { namespace: 'tenant-1', capacity: 10 });
    const two = jobs.queue(QUEUE, { namespace: 'tenant-2' });
    one.worker('w').started();
    two.worker('w').started();
    one.enqueue({ id: '2' }).rejected('queue_full');
    two.enqueue({ id: '2' }).rejected('queue_full');
    one.attempt({ job: { id: '1' }, number: 1 }).failed(new Error('no'), { retry: true });
    two.attempt({ job: { id: '1' }, number: 2 }).completed();
    expect(otel.logs('worker.started').map((r) => r.attributes[NAMESPACE])).toEqual(['tenant-1', 'tenant-2']);
    expect(otel.logs('job.rejected').map((r) => r.attributes['queue.capacity'])).toEqual([10, undefined]);
    expect(otel.spans(`process ${QUEUE}`).map((span) => span.links)).toEqual([[], []]);
    expect((await otel.points('worker.count')).length).toBe(4);
  });

  test('spans - of an enqueue, an attempt and a batch have the attribute', () => {
    const { otel, jobs } = startRig();
    const queue = jobs.queue(QUEUE, { namespace: 'tenant-1' });
    queue.enqueue({ id: '1' }).accepted();
    queue.enqueue({}, { batch: 2 }).accepted();
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    for (const attempt of queue.batch([{ job: { id: '2' } }, { job: { id: '3' } }]).attempts)
      attempt.completed();
    expect(otel.spans().map((span) => span.attributes[NAMESPACE])).toEqual(Array(4).fill('tenant-1'));
  });

  test('queue() - handles of one name and namespace share what they know, and say it', () => {
    const { jobs } = startRig();
    const queue = jobs.queue(QUEUE, { namespace: 'tenant-1' });
    const again = jobs.queue(QUEUE, { namespace: 'tenant-1' });
    expect(again.worker('w')).toBe(queue.worker('w'));
    expect([queue.namespace, jobs.queue(QUEUE).namespace]).toEqual(['tenant-1', undefined]);
  });

  test('queue() - no name runs into a namespace', () => {
    const { jobs } = startRig();
    const worker = jobs.queue('a\nb', { namespace: 'c' }).worker('w');
    expect(jobs.queue('a', { namespace: 'b\nc' }).worker('w')).not.toBe(worker);
    expect(jobs.queue('b', { system: 'signalbox\na', namespace: 'c' }).worker('w')).not.toBe(worker);
  });

  test.each(['', 7, null, {}])('queue() - refuses a namespace that is no text: %o', (namespace) => {
    const { jobs } = startRig();
    const make = (): unknown => jobs.queue(QUEUE, { namespace: namespace as never });
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow(/^queue 'mail': namespace is .+\. Give a non-empty string\.$/);
  });

  test('observing() - an adapter’s queues are kept by name and namespace, made once each', () => {
    const { box } = startRig();
    const jobs = createJobs(box);
    const made: (string | undefined)[][] = [];
    const adapter = observing(box[CORE], 'engine', (name, namespace) => {
      made.push([name, namespace]);
      return jobs.queue(name, namespace === undefined ? {} : { namespace });
    });
    const all = [undefined, 'a', 'b', 'a', undefined].map((namespace) => adapter.queue('q', namespace));
    expect(all.map((queue) => queue.namespace)).toEqual([undefined, 'a', 'b', 'a', undefined]);
    expect([all[3], all[4]]).toEqual([all[1], all[0]]);
    expect(made).toEqual([
      ['q', undefined],
      ['q', 'a'],
      ['q', 'b'],
    ]);
  });
});
