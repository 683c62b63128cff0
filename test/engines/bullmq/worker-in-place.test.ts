import { AsyncLocalStorage } from 'node:async_hooks';
import type { Job, Processor } from 'bullmq';
import { Worker } from 'bullmq';
import sinon from 'sinon';
import { describe, expect, test, vi } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import type { Mail } from './rig.js';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();

describe('worker() - the worker is the worker', () => {
  test('what is given back is what was made, with as many listeners: an app that takes all of them away takes nothing from the telemetry', async () => {
    let made: unknown;
    const queue = rig.queue();
    const worker = rig.jobs.worker<Mail>(
      async () => undefined,
      (processor) => {
        made = rig.rawWorker(processor);
        return made as Worker<Mail, unknown>;
      },
    );
    expect(worker).toBe(made);
    const raw = rig.rawWorker(async () => undefined, { autorun: false });
    for (const event of ['active', 'completed', 'failed', 'error', 'drained'])
      expect(worker.listenerCount(event)).toBe(raw.listenerCount(event));
    worker.removeAllListeners();
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.attempts()).toHaveLength(1);
  });

  test('of a class is what `new` makes of it, with the processor and the options that were given', async () => {
    class Counting extends Worker<Mail, string> {
      readonly runs: string[] = [];
    }
    const queue = rig.queue();
    const options = { connection: rig.connection, name: 'desk', concurrency: 3, drainDelay: 1 };
    const worker = rig.jobs.worker(
      Counting,
      rig.name,
      async (job) => {
        worker.runs.push(job.data.to);
        return 'sent';
      },
      options,
    );
    worker.on('error', () => undefined);
    rig.later(() => worker.close());
    expect(worker).toBeInstanceOf(Counting);
    expect({ name: worker.name, concurrency: worker.concurrency }).toEqual({
      name: rig.name,
      concurrency: 3,
    });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(worker.runs).toEqual([SECRET.to]);
    expect(rig.attempts()).toHaveLength(1);
    expect(rig.records('job.completed')[0]).toMatchObject({ 'worker.id': 'desk' });
  });

  test('of a class without a processor is asked for its jobs by hand', async () => {
    const queue = rig.queue();
    const worker = rig.jobs.worker<Mail>(Worker, rig.name, null, { connection: rig.connection });
    worker.on('error', () => undefined);
    rig.later(() => worker.close());
    await queue.add('welcome', SECRET);
    const job = await worker.getNextJob('token');
    await job?.moveToCompleted('sent', 'token', false);
    await rig.told('job.completed');
    expect(rig.attempts()).toHaveLength(1);
  });

  test('its name is free again once it has closed, whatever listeners were taken away', async () => {
    const named = (): Worker<Mail, unknown> =>
      rig.worker(async () => undefined, { name: 'desk', autorun: false });
    const first = named();
    expect(first.listenerCount('closed')).toBe(
      rig.rawWorker(async () => undefined, { autorun: false }).listenerCount('closed'),
    );
    first.removeAllListeners();
    await first.close();
    const second = rig.worker(async () => undefined, { name: 'desk' });
    await rig.told('worker.started');
    await second.close();
    expect(rig.records('worker.started').map((record) => record['worker.id'])).toContain('desk');
    expect(rig.records('worker.started').map((record) => record['worker.id'])).not.toContain(second.id);
  });

  test('what refuses a worker says why, and leaves it to who observes it next', () => {
    const worker = rig.rawWorker(async () => undefined, { autorun: false, name: 'desk' });
    const of = (name: string): Worker =>
      Object.defineProperty(worker, 'name', { value: name, configurable: true });
    expect(() => rig.jobs.worker(null, () => of(''))).toThrow(/^(?!.*takes no properties)/);
    expect(rig.jobs.worker(null, () => of(rig.name))).toBe(worker);
    expect(Object.getOwnPropertyNames(worker)).toContain('getNextJob');
  });

  test('private members, overrides and `this` of a subclass hold', async () => {
    class Counting extends Worker<Mail> {
      #runs = 0;
      override async processJob(...args: Parameters<Worker<Mail>['processJob']>) {
        this.#runs++;
        return super.processJob(...args);
      }
      get runs(): number {
        return this.#runs;
      }
    }
    const queue = rig.queue();
    const worker = rig.jobs.worker<Mail>(
      async () => undefined,
      (processor) => new Counting(rig.name, processor, { connection: rig.connection, drainDelay: 1 }),
    ) as Counting;
    rig.later(() => worker.close());
    const heard: unknown[] = [];
    worker.on('completed', function (this: unknown) {
      heard.push(this);
    });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    await until(() => heard.length === 1);
    expect(heard).toEqual([worker]);
    expect(worker.runs).toBe(1);
  });

  test("spies and stubs of its methods are the app's, and are given back", async () => {
    const worker = rig.worker(async () => undefined, { autorun: false });
    const asked = worker.getNextJob;
    const stub = sinon.stub(worker, 'getNextJob').resolves(undefined as never);
    expect(await worker.getNextJob('token')).toBeUndefined();
    sinon.assert.calledOnceWithExactly(stub, 'token');
    stub.restore();
    expect(worker.getNextJob).toBe(asked);
    const spy = vi.spyOn(worker, 'close');
    await worker.close(true);
    expect(worker.close).toHaveBeenCalledExactlyOnceWith(true);
    spy.mockRestore();
  });

  test('a worker that another box made is left to it, which is told; the same box tells its jobs once', async () => {
    const told = recordDiag();
    const queue = rig.queue();
    const other = rig.process().jobs;
    const worker = rig.worker(async () => undefined);
    rig.jobs.worker(null, () => worker);
    expect(told).toEqual([]);
    other.worker(null, () => worker);
    expect(told.join()).toContain(`the worker of queue '${rig.name}' is observed by another box already`);
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.attempts()).toHaveLength(1);
    expect(rig.records('job.started')).toHaveLength(1);
  });

  test('a prefix tells its queue from others of that name', async () => {
    const prefix = 'shop';
    const queue = rig.rawQueue({ prefix });
    rig.worker(async () => undefined, { prefix });
    rig.worker(async () => undefined);
    await queue.add('welcome', SECRET);
    expect(await rig.told('job.completed')).toMatchObject([{ 'queue.namespace': 'shop' }]);
    const watching = rig.jobs.monitor(queue);
    rig.later(() => watching.stop());
    await rig.jobs.monitor(rig.rawQueue()).check();
    await watching.check();
    expect(rig.records('queue.health_check').map((record) => record['queue.namespace'])).toEqual([
      undefined,
      'shop',
    ]);
  });
});

describe('worker() - the processor is called as BullMQ calls it', () => {
  test.each([2, 3])(
    'with %i arguments of its own: what it is given, `this`, and properties of the function',
    async (length) => {
      async function calls(processor: Processor<Mail>, observed: boolean): Promise<unknown[]> {
        const queue = rig.rawQueue();
        const done = vi.fn();
        const worker = observed ? rig.worker(processor) : rig.rawWorker(processor);
        worker.on('completed', done);
        await queue.add('welcome', SECRET);
        await until(() => done.mock.calls.length === 1);
        await worker.close();
        return seen.splice(0).flat();
      }
      const seen: unknown[][] = [];
      const two = async function (this: unknown, _job: Job, _token?: string): Promise<void> {
        // biome-ignore lint/complexity/noArguments: their number is what is looked at
        seen.push([arguments.length, (this as object)?.constructor.name, typeof arguments[2]]);
      };
      const three = async function (this: unknown, _j: Job, _t?: string, _s?: AbortSignal): Promise<void> {
        // biome-ignore lint/complexity/noArguments: their number is what is looked at
        seen.push([arguments.length, (this as object)?.constructor.name, typeof arguments[2]]);
      };
      const processor = length === 2 ? two : three;
      expect(await calls(processor, true)).toEqual(await calls(processor, false));
    },
  );

  test('its name, length and properties are its own, and BullMQ gets the very promise that it returned', async () => {
    const promise = Promise.resolve('done');
    function mail(_job: Job<Mail>): Promise<string> {
      return promise;
    }
    const handler = Object.assign(mail, { label: 'mine' });
    let given: unknown;
    let got: unknown;
    const queue = rig.queue();
    rig.jobs.worker<Mail>(handler, (processor) => {
      given = processor;
      return rig.rawWorker((job, token) => {
        const result = processor(job, token);
        got = result;
        return result;
      });
    });
    const { name, length, label } = given as typeof handler;
    expect({ name, length, label }).toEqual({ name: 'mail', length: 1, label: 'mine' });
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(got).toBe(promise);
  });

  test('a processor that throws at once, and one that returns no promise, do as without us', async () => {
    const queue = rig.queue();
    rig.worker(((job: Job) => {
      if (job.id === '1') throw new RangeError('at once');
      return 7;
    }) as never);
    await queue.add('welcome', SECRET);
    const second = await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.records('job.failed')).toMatchObject([{ 'error.type': 'RangeError' }]);
    expect((await queue.getJob(second.id ?? ''))?.returnvalue).toBe(7);
  });

  test('it settles in the same turn as raw', async () => {
    const storage = new AsyncLocalStorage<string>();
    async function turns(observed: boolean): Promise<number> {
      // Each of its own: a worker that was there before would take the job.
      const name = `${rig.name}-${observed}`;
      const queue = rig.rawQueue({}, name);
      let count = 0;
      let counting = true;
      const tick = (): void => {
        if (!counting) return;
        count++;
        queueMicrotask(tick);
      };
      const ended = new Promise<void>((resolve) => {
        const processor = async (): Promise<void> => {
          queueMicrotask(tick);
        };
        const worker = observed
          ? rig.worker(processor, {}, rig.jobs, name)
          : rig.rawWorker(processor, {}, name);
        (worker as unknown as { lockManager: { untrackJob(): void } }).lockManager.untrackJob = () => {
          counting = false;
          resolve();
        };
      });
      await storage.run('app', () => queue.add('welcome', SECRET));
      await ended;
      await queue.obliterate({ force: true });
      return count;
    }
    expect(await turns(true)).toBe(await turns(false));
  });
});
