import * as bullmq from 'bullmq';
import { createRedisBackend, FlowProducer, Job, Queue, Worker, withBackend } from 'bullmq';
import { bullmqJobs, observeClasses } from 'signalbox/bullmq';
import { BullMQInstrumentation } from 'signalbox/instrumentation';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

function types(): unknown[] {
  return rig.records('job.queued').map((record) => record['job.type']);
}

function own<T extends { close(): Promise<void> }>(one: T): T {
  rig.later(() => one.close());
  return one;
}

/** How the app comes by classes that are observed; `undo` where that can be ended. */
interface Form {
  readonly name: string;
  readonly isTheClass: boolean;
  make(): {
    Queue: typeof Queue;
    Worker: typeof Worker;
    FlowProducer: typeof FlowProducer;
    undo?: () => void;
  };
}

const FORMS: readonly Form[] = [
  {
    name: 'by prototype',
    isTheClass: true,
    make: () => ({
      Queue,
      Worker,
      FlowProducer,
      undo: observeClasses(rig.box, bullmq, { types: ['welcome'] }),
    }),
  },
  {
    name: 'by class',
    isTheClass: false,
    make: () => bullmqJobs(rig.box, { types: ['welcome'] }).classes(bullmq),
  },
];

describe.each(FORMS)('an app uses classes that are observed $name', ({ make, isTheClass }) => {
  let classes: ReturnType<Form['make']>;
  const options = () => ({ connection: rig.connection });

  beforeEach(() => {
    classes = make();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    classes.undo?.();
  });

  test('add and addBulk are emitted, and instanceof holds', async () => {
    const queue = own(new classes.Queue<Mail>(rig.name, options()));
    expect(queue).toBeInstanceOf(Queue);
    expect(queue).toBeInstanceOf(classes.Queue);
    expect(await queue.add('welcome', SECRET)).toBeInstanceOf(Job);
    await queue.addBulk([
      { name: 'a', data: SECRET },
      { name: 'b', data: SECRET },
    ]);
    expect(types()).toEqual(['welcome', 'a', 'b']);
    expect(rig.enqueues()).toHaveLength(3);
  });

  test("constructor is the class that the app has, and `Job` and keys are the queue's own", async () => {
    const queue = own(new classes.Queue<Mail>(rig.name, options()));
    const keys = Object.keys(own(new Queue<Mail>(rig.name, options())));
    await queue.add('welcome', SECRET);
    expect(queue.constructor).toBe(classes.Queue);
    expect(Object.keys(queue)).toEqual(keys);
    expect((queue as unknown as { Job: typeof Job }).Job).toBe(Job);
  });

  test('a subclass that calls this.add(), has private members and overrides add() by super.add() is emitted once', async () => {
    class Tenant extends classes.Queue<Mail> {
      readonly #tenant = 'ada';
      override add(name: string, data: Mail, opts?: object): ReturnType<Queue<Mail>['add']> {
        return super.add(`${this.#tenant}.${name}`, data, opts) as ReturnType<Queue<Mail>['add']>;
      }
      twice(): Promise<unknown> {
        return Promise.all([this.add('first', SECRET), this.add('second', SECRET)]);
      }
    }
    await own(new Tenant(rig.name, options())).twice();
    expect(types()).toEqual(['ada.first', 'ada.second']);
    expect(rig.enqueues()).toHaveLength(2);
  });

  test('an override that is a class field is emitted', async () => {
    class Fielded extends classes.Queue<Mail> {
      override add = ((name: string, data: Mail, opts?: object) =>
        classes.Queue.prototype.add.call(this, name, data, opts)) as Queue<Mail>['add'];
    }
    await own(new Fielded(rig.name, options())).add('welcome', SECRET);
    expect(types()).toEqual(['welcome']);
  });

  test('what a constructor adds is emitted', async () => {
    class Eager extends classes.Queue<Mail> {
      readonly first = this.add('first', SECRET);
    }
    await own(new Eager(rig.name, options())).first;
    expect(types()).toEqual(['first']);
  });

  test('a spy on the prototype is heard, and what it keeps away is not emitted', async () => {
    const queue = own(new classes.Queue<Mail>(rig.name, options()));
    const spy = vi.spyOn(classes.Queue.prototype, 'add');
    await queue.add('welcome', SECRET);
    expect(spy).toHaveBeenCalledTimes(1);
    spy.mockResolvedValue(undefined as never);
    await queue.add('welcome', SECRET);
    expect(types()).toEqual(['welcome']);
    spy.mockRestore();
    await queue.add('again', SECRET);
    expect(types()).toEqual(['welcome', 'again']);
  });

  test('length, name and statics are those of the class, and so is the prototype where it is the class', () => {
    expect(classes.Queue).toHaveLength(3);
    expect(classes.Queue.name).toBe('Queue');
    expect(classes.Worker.RateLimitError()).toBeInstanceOf(Error);
    expect(classes.Queue.prototype === bullmq.Queue.prototype).toBe(isTheClass);
  });

  test('jobs that end by hand are emitted, where the queue did nothing else', async () => {
    const { id } = await rig.queue().add('welcome', SECRET);
    const queue = own(new classes.Queue<Mail>(rig.name, options()));
    await queue.remove(id ?? '');
    await rig.settled();
    expect(rig.records('job.abandoned')).toHaveLength(1);
  });

  test('flows are emitted node by node', async () => {
    const flows = own(new classes.FlowProducer(options()));
    await flows.add({
      name: 'parent',
      queueName: rig.name,
      children: [{ name: 'welcome', queueName: rig.name, data: SECRET }],
    });
    expect(types().sort()).toEqual(['parent', 'welcome']);
  });

  test('attempts of workers and of their subclasses are emitted in the trace of their enqueue', async () => {
    class Own extends classes.Worker<Mail> {
      readonly #seen: string[] = [];
      override async run(): Promise<void> {
        this.#seen?.push('run');
        return super.run();
      }
    }
    const queue = own(new classes.Queue<Mail>(rig.name, options()));
    await queue.add('welcome', SECRET, { attempts: 2 });
    let runs = 0;
    const worker = own(
      new Own(
        rig.name,
        async (_job, _token, signal) => {
          expect(signal).toBeInstanceOf(AbortSignal);
          if (++runs === 1) throw new Error('at first');
        },
        { ...options(), drainDelay: 1, autorun: false },
      ),
    );
    void worker.run();
    await rig.told('job.completed');
    const [enqueue] = rig.enqueues();
    expect(rig.attempts().map((span) => span.spanContext().traceId)).toEqual([
      enqueue?.spanContext().traceId,
      enqueue?.spanContext().traceId,
    ]);
    expect(rig.records('worker.started')).toHaveLength(1);
    expect(worker).toBeInstanceOf(Worker);
  });

  test('a worker that is asked for its jobs by hand has attempts from the first job on', async () => {
    await own(new classes.Queue<Mail>(rig.name, options())).add('welcome', SECRET);
    const worker = own(new classes.Worker<Mail>(rig.name, null, options()));
    const job = (await worker.getNextJob('token')) as Job;
    await job.moveToCompleted(undefined, 'token', false);
    await rig.told('job.completed');
    expect(rig.attempts()).toHaveLength(1);
  });

  test('what is wrapped by hand too is observed once', async () => {
    const { jobs } = rig;
    const queue = jobs.queue(own(new classes.Queue<Mail>(rig.name, options())));
    const { id } = await queue.add('welcome', SECRET);
    await queue.add('gone', SECRET);
    const worker = own(
      jobs.worker<Mail>(
        async () => undefined,
        (given) => new classes.Worker<Mail>(rig.name, given, { ...options(), drainDelay: 1, autorun: false }),
      ),
    );
    void worker.run();
    await rig.told('job.completed', 2);
    await queue.remove(id ?? '');
    await rig.settled();
    expect(rig.enqueues()).toHaveLength(2);
    expect(rig.attempts()).toHaveLength(2);
    expect(rig.records('job.started')).toHaveLength(2);
    expect(rig.records('worker.started')).toHaveLength(1);
    expect(rig.attempts().every(({ status }) => status.code === 0)).toBe(true);
  });
});

describe('classes that are observed by prototype', () => {
  const options = () => ({ connection: rig.connection });

  test('classes that extend them elsewhere, withBackend() too, and objects that are there are observed', async () => {
    const { Queue: Backed } = withBackend(createRedisBackend);
    const early = own(new Queue<Mail>(rig.name, options()));
    const undo = observeClasses(rig.box, bullmq);
    const backed = own(new (Backed as unknown as typeof Queue)<Mail>(rig.name, options()));
    await early.add('early', SECRET);
    await backed.add('backed', SECRET);
    undo();
    expect(types()).toEqual(['early', 'backed']);
  });

  test('ending it gives the prototypes back as they were, and what is there is observed no more', async () => {
    const before = [Queue, Worker, FlowProducer].map((C) => Object.getOwnPropertyDescriptors(C.prototype));
    const queue = own(new Queue<Mail>(rig.name, options()));
    const undo = observeClasses(rig.box, bullmq);
    const worker = own(new Worker<Mail>(rig.name, async () => undefined, { ...options(), drainDelay: 1 }));
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    undo();
    expect([Queue, Worker, FlowProducer].map((C) => Object.getOwnPropertyDescriptors(C.prototype))).toEqual(
      before,
    );
    const { id } = await queue.add('unseen', SECRET);
    await vi.waitFor(
      async () => expect(await queue.getJobCounts('completed')).toEqual({ completed: 2 }),
      10_000,
    );
    await queue.remove(id ?? '');
    await rig.settled();
    expect(rig.records('job.started')).toHaveLength(1);
    expect(rig.records('job.abandoned')).toEqual([]);
    await worker.close();
  });

  test('two observe once, and the second goes on when the first ends, a worker that runs included', async () => {
    const first = observeClasses(rig.box, bullmq);
    const other = rig.process();
    const second = observeClasses(other.box, bullmq);
    const queue = own(new Queue<Mail>(rig.name, options()));
    own(new Worker<Mail>(rig.name, async () => undefined, { ...options(), drainDelay: 1 }));
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    expect(rig.enqueues()).toHaveLength(1);
    expect(rig.attempts()).toHaveLength(1);
    first();
    await queue.add('welcome', SECRET);
    await rig.told('job.completed', 2);
    expect(rig.enqueues()).toHaveLength(2);
    expect(rig.attempts()).toHaveLength(2);
    expect(rig.records('worker.started')).toHaveLength(2);
    expect(rig.records('worker.stopped')).toEqual([
      expect.objectContaining({ 'worker.stop.reason': 'unobserved', 'worker.jobs': 1 }),
    ]);
    second();
    expect(rig.records('worker.stopped')).toHaveLength(2);
  });

  test('a worker that runs is left while an instrumentation is off, and observed again when it is on', async () => {
    const instrumentation = new BullMQInstrumentation(rig.box);
    const queue = own(new Queue<Mail>(rig.name, options()));
    const worker = own(new Worker<Mail>(rig.name, async () => undefined, { ...options(), drainDelay: 1 }));
    await queue.add('welcome', SECRET);
    await rig.told('job.completed');
    instrumentation.disable();
    expect(rig.records('worker.stopped')).toHaveLength(1);
    await queue.add('unseen', SECRET);
    await vi.waitFor(
      async () => expect(await queue.getJobCounts('completed')).toEqual({ completed: 2 }),
      10_000,
    );
    instrumentation.enable();
    await queue.add('welcome', SECRET);
    await rig.told('job.completed', 2);
    await worker.close();
    instrumentation.disable();
    expect(rig.records('worker.started')).toHaveLength(2);
    expect(rig.records('worker.stopped')).toHaveLength(2);
    expect(rig.attempts()).toHaveLength(2);
  });

  test('a worker that is asked for jobs is observed by whoever is switched on when the first is off', async () => {
    const [first, second] = [
      new BullMQInstrumentation(rig.box),
      new BullMQInstrumentation(rig.process().box, { enabled: false }),
    ];
    const queue = own(new Queue<Mail>(rig.name, options()));
    const worker = own(new Worker<Mail>(rig.name, null, options()));
    await queue.add('welcome', SECRET);
    const ask = async (token: string): Promise<void> => {
      const job = await worker.getNextJob(token);
      await job?.moveToCompleted(undefined, token, false);
    };
    await ask('1');
    await rig.told('job.completed');
    first.disable();
    second.enable();
    await queue.add('welcome', SECRET);
    await ask('2');
    await rig.told('job.completed', 2);
    second.disable();
    expect(rig.attempts()).toHaveLength(2);
  });

  test('misuse is refused with a sentence that names the value and the fix', () => {
    expect(() => observeClasses(rig.box, {})).toThrow(/there is no Queue, Worker or FlowProducer in/);
    expect(() => observeClasses(rig.box, { Queue: Map })).toThrow(/`Queue` is .*without add\(\)/);
    expect(() => observeClasses(rig.box, bullmq, { type: [] } as never)).toThrow(/Did you mean 'types'/);
    expect(() => rig.jobs.classes(undefined as never)).toThrow(/import \* as bullmq/);
  });
});
