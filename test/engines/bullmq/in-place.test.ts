import { FlowProducer, Job, Queue } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import sinon from 'sinon';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();
const OPTIONS = { attempts: 2 };

function observed<Q extends Queue<Mail>>(queue: Q): Q {
  rig.later(() => queue.close());
  return rig.jobs.queue(queue);
}

function types(): unknown[] {
  return rig.records('job.queued').map((record) => record['job.type']);
}

describe('a queue is observed in place', () => {
  afterEach(() => {
    sinon.restore();
    vi.restoreAllMocks();
  });

  test('it is the queue that was given, with its keys, class and statics as they were', async () => {
    const raw = rig.rawQueue();
    const keys = Object.keys(raw);
    const queue = rig.jobs.queue(raw);
    expect(queue).toBe(raw);
    expect(rig.jobs.queue(queue)).toBe(raw);
    expect(Object.keys(queue)).toEqual(keys);
    expect(queue).toBeInstanceOf(Queue);
    expect(queue.add).toHaveLength(3);
    expect(queue.add.name).toBe('add');
    const { Job: its } = queue as unknown as { Job: typeof Job };
    expect(its).toBe(Job);
    const { id } = await queue.add('welcome', SECRET);
    expect((await its.fromId(queue, id ?? ''))?.data).toEqual(SECRET);
    expect(await queue.add('other', SECRET)).toBeInstanceOf(Job);
    expect(types()).toEqual(['welcome', 'other']);
  });

  test('a stub takes the place of a method, and gives it back', async () => {
    const queue = rig.queue();
    const before = queue.add;
    const stub = sinon.stub(queue, 'add').resolves(undefined as never);
    expect(await queue.add('welcome', SECRET)).toBeUndefined();
    sinon.assert.calledWithExactly(stub, 'welcome', SECRET);
    expect(types()).toEqual([]);
    stub.restore();
    expect(queue.add).toBe(before);
    await queue.add('welcome', SECRET);
    expect(types()).toEqual(['welcome']);
  });

  test("a spy sees the app's options, and what is assigned is what is there", async () => {
    const queue = rig.queue();
    const spy = vi.spyOn(queue, 'add');
    await queue.add('welcome', SECRET, OPTIONS);
    expect(queue.add).toHaveBeenCalledExactlyOnceWith('welcome', SECRET, OPTIONS);
    expect(spy.mock.calls[0]?.[2]).toBe(OPTIONS);
    expect(OPTIONS).toEqual({ attempts: 2 });
    expect(types()).toEqual(['welcome']);
    const counts = vi.fn(async () => ({ waiting: 7 }));
    queue.getJobCounts = counts;
    expect(queue.getJobCounts).toBe(counts);
    expect(await queue.getJobCounts()).toEqual({ waiting: 7 });
    const hook = (): void => undefined;
    Object.assign(queue, { onApplicationShutdown: hook });
    expect(queue).toHaveProperty('onApplicationShutdown', hook);
  });

  test('a spy on the class is heard', async () => {
    const queue = rig.queue();
    const spy = vi.spyOn(Queue.prototype, 'add');
    await queue.add('welcome', SECRET);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(spy.mock.contexts).toEqual([queue]);
    expect(types()).toEqual(['welcome']);
  });

  test('a listener has the queue for its `this`, and chained calls give it', async () => {
    const queue = rig.queue();
    const seen: unknown[] = [];
    expect(
      queue.on('waiting', function (this: unknown) {
        seen.push(this);
      }),
    ).toBe(queue);
    await queue.add('welcome', SECRET);
    expect(seen).toEqual([queue]);
  });

  test('overrides, private members and what a class calls on itself are told once each', async () => {
    class Tenant extends Queue<Mail> {
      readonly #tenant = 'ada';
      override add(name: string, data: Mail, opts?: object): ReturnType<Queue<Mail>['add']> {
        return super.add(`${this.#tenant}.${name}`, data, opts) as ReturnType<Queue<Mail>['add']>;
      }
      twice(): Promise<unknown> {
        return Promise.all([this.add('first', SECRET), this.add('second', SECRET)]);
      }
    }
    await observed(new Tenant(rig.name, { connection: rig.connection })).twice();
    expect(types()).toEqual(['first', 'second']);
    expect(rig.enqueues()).toHaveLength(2);
  });

  test('an override that adds the same job by another method tells it once, and what it adds besides as well', async () => {
    class Audited extends Queue<Mail> {
      override async add(name: string, data: Mail, opts?: object): Promise<never> {
        if (name === 'audit') return super.add(name, data, opts) as Promise<never>;
        await this.add('audit', data);
        const [job] = await this.addBulk([{ name, data, opts: { ...opts } }]);
        return job as never;
      }
    }
    const { id } = (await observed(new Audited(rig.name, { connection: rig.connection })).add(
      'welcome',
      SECRET,
      { attempts: 4 },
    )) as Job;
    expect(types().sort()).toEqual(['audit', 'welcome']);
    expect(rig.enqueues()).toHaveLength(2);
    const own = rig.enqueues().find(({ attributes }) => attributes['job.type'] === 'welcome');
    const stored = await rig.rawQueue().getJob(id ?? '');
    expect(stored?.opts.telemetry?.metadata).toContain(own?.spanContext().spanId);
  });

  test('a method that is a field of the object is observed', async () => {
    class Fielded extends Queue<Mail> {
      override add = ((name: string, data: Mail, opts?: object) =>
        Queue.prototype.add.call(this, name, data, opts)) as Queue<Mail>['add'];
    }
    await observed(new Fielded(rig.name, { connection: rig.connection })).add('welcome', SECRET);
    expect(types()).toEqual(['welcome']);
  });

  test('what a constructor adds before the queue is observed is added', async () => {
    class Eager extends Queue<Mail> {
      readonly first = this.add('first', SECRET);
    }
    const queue = observed(new Eager(rig.name, { connection: rig.connection }));
    await queue.first;
    await queue.add('second', SECRET);
    expect((await queue.getWaiting()).map(({ name }) => name).sort()).toEqual(['first', 'second']);
    expect(types()).toEqual(['second']);
  });

  test('a second box on the same queue leaves it to the first, and says so', async () => {
    const box = createSignalbox();
    const queue = rig.queue();
    const second = bullmqJobs(box);
    const flows = rig.flows();
    expect(second.queue(queue)).toBe(queue);
    expect(second.flowProducer(flows)).toBe(flows);
    const { id } = await queue.add('welcome', SECRET);
    await flows.add({ name: 'flow', queueName: rig.name });
    await queue.remove(id ?? '');
    await rig.settled();
    expect(rig.records('job.queued')).toHaveLength(2);
    expect(rig.records('job.abandoned')).toHaveLength(1);
    expect(rig.enqueues()).toHaveLength(2);
  });

  test('a frozen queue is refused with a sentence', () => {
    const queue = Object.freeze({ name: 'mail', add() {}, addBulk() {}, getBackend() {} });
    expect(() => rig.jobs.queue(queue)).toThrow(/frozen/);
  });

  test('a disabled box leaves calls and options as they are', async () => {
    const queue = rig.queue();
    rig.box.disable();
    const { opts } = await queue.add('welcome', SECRET, { attempts: 2 });
    expect(opts.telemetry).toBeUndefined();
    expect(rig.records('job.queued')).toEqual([]);
  });

  test('a flow producer is observed in place too', async () => {
    const raw = new FlowProducer({ connection: rig.connection });
    rig.later(() => raw.close());
    const flows = rig.jobs.flowProducer(raw);
    expect(flows).toBe(raw);
    const flow = { name: 'welcome', queueName: rig.name, data: SECRET };
    const spy = vi.spyOn(flows, 'add');
    await flows.add(flow);
    expect(spy.mock.calls[0]?.[0]).toBe(flow);
    expect(types()).toEqual(['welcome']);
  });
});
