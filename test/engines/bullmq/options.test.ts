import type { JobsOptions } from 'bullmq';
import { FlowProducer, Queue } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();

function otel(): BullMQOtel {
  return new BullMQOtel({ tracerName: 'app', meterName: 'app' });
}

function told(eventName: string): number {
  return rig.records(eventName).length;
}

describe("options of the app's own", () => {
  test.each<[string, JobsOptions['telemetry'], boolean]>([
    ['omitContext', { omitContext: true }, false],
    ["another telemetry's metadata", { metadata: '{"x-other":"1"}' }, false],
    ["BullMQ's own spans", { omitContext: true }, true],
  ])('jobs that share one `telemetry` are told each: %s', async (_, telemetry = {}, engineSpans) => {
    const queue = rig.queue(engineSpans ? { telemetry: otel() } : {});
    const before = structuredClone(telemetry);
    await Promise.all([1, 2, 3].map(() => queue.add('welcome', SECRET, { telemetry })));
    await queue.addBulk([1, 2].map(() => ({ name: 'welcome', data: SECRET, opts: { telemetry } })));
    await rig.settled();
    expect(told('job.queued')).toBe(5);
    expect(telemetry).toEqual(before);
  });

  test.each<[string, JobsOptions | undefined]>([
    ['no options', undefined],
    ['options', { attempts: 2 }],
    ['a shared `telemetry`', { telemetry: { omitContext: true } }],
  ])(
    "an override that adds the same job by addBulk(), beside BullMQ's own spans, tells it once: %s",
    async (_, opts) => {
      class Audited extends Queue<Mail> {
        override async add(name: string, data: Mail, given?: JobsOptions): Promise<never> {
          const [job] = await this.addBulk([{ name, data, opts: { ...given } }]);
          return job as never;
        }
      }
      const queue = new Audited(rig.name, { connection: rig.connection, telemetry: otel() });
      rig.later(() => queue.close());
      await rig.jobs.queue(queue).add('welcome', SECRET, opts);
      await rig.settled();
      expect(told('job.queued')).toBe(1);
    },
  );

  test("a queue's own `omitContext` counts beside BullMQ's own spans as without us", async () => {
    const telemetry = { omitContext: true };
    const stored = async (queue: Queue<Mail>): Promise<unknown> =>
      Object.keys((await queue.getJob((await queue.add('welcome', SECRET)).id ?? ''))?.opts.telemetry ?? {});
    const options = { telemetry: otel(), defaultJobOptions: { telemetry } as object };
    expect(await stored(rig.queue(options))).toEqual(await stored(rig.rawQueue(options, `${rig.name}-raw`)));
  });

  test('an id that is empty is none: each job is new', async () => {
    const queue = rig.queue();
    for (let i = 0; i < 2; i++) await queue.add('welcome', SECRET, { jobId: '' });
    await queue.addBulk([{ name: 'welcome', data: SECRET, opts: { jobId: '' } }]);
    await rig.flows().add({ name: 'welcome', queueName: rig.name, opts: { jobId: null as never } });
    await rig.settled();
    expect(told('job.queued')).toBe(4);
    expect(told('job.duplicate')).toBe(0);
  });
});

describe('what can not be looked at', () => {
  test('a method without its queue rejects as it does without us', async () => {
    const { add, addBulk } = rig.queue();
    const raw = rig.rawQueue();
    const rejection = (fn: () => Promise<unknown>): Promise<unknown> =>
      fn().catch((error: unknown) => String(error));
    const of = async (one: typeof add, many: typeof addBulk): Promise<unknown[]> => [
      await rejection(() => one.call(undefined as never, 'welcome', SECRET)),
      await rejection(() => many.call(undefined as never, [{ name: 'welcome', data: SECRET }])),
    ];
    expect(await of(add, addBulk)).toEqual(await of(raw.add, raw.addBulk));
  });

  test.each([true, false])(
    'what stands in for a queue needs no options (box enabled: %s)',
    async (isEnabled) => {
      const job = { id: '7' };
      const standIn = {
        name: rig.name,
        add: vi.fn(async (..._: unknown[]) => job),
        addBulk: vi.fn(async (..._: unknown[]) => [job]),
        getBackend: () => ({ qualifiedName: `bull:${rig.name}`, forQueue() {} }),
      };
      const add = standIn.add;
      const queue = rig.jobs.queue(standIn as never) as unknown as typeof standIn;
      if (!isEnabled) rig.box.disable();
      expect(await queue.add('welcome', SECRET, { jobId: '7' })).toBe(job);
      expect(await queue.addBulk([{ name: 'welcome', data: SECRET }])).toEqual([job]);
      expect(add).toHaveBeenCalledTimes(1);
    },
  );

  test('options that throw when they are read are passed on', async () => {
    const opts = {
      get telemetry(): never {
        throw new Error('of the app');
      },
    };
    await expect(rig.queue().add('welcome', SECRET, opts as never)).rejects.toThrow('of the app');
  });

  test('a Job without options, as a test double gives it, ends its enqueue', async () => {
    const queue = rig.rawQueue();
    queue.add = (async () => ({ id: '7' })) as never;
    rig.jobs.queue(queue);
    await queue.add('welcome', SECRET, { jobId: '7' });
    await rig.settled();
    expect(rig.enqueues()).toHaveLength(1);
  });
});

describe('flows', () => {
  test('a node that is none - the spans of the others end, with what BullMQ says of it', async () => {
    const children = [{ name: 'child', queueName: rig.name }, undefined as never];
    const flow = { name: 'welcome', queueName: rig.name, children };
    const flows = rig.flows();
    await expect(flows.add(flow)).rejects.toThrow(TypeError);
    await expect(flows.addBulk([flow])).rejects.toThrow(TypeError);
    expect(rig.enqueues()).toHaveLength(4);
    expect(told('job.rejected')).toBe(4);
  });

  test('the nodes of a queue ask for one backend beside their own', async () => {
    const flows = rig.flows();
    const backend = flows.getBackend() as { forQueue: (...args: unknown[]) => unknown };
    const asked = vi.spyOn(backend, 'forQueue');
    const children = Array.from({ length: 20 }, () => ({ name: 'child', queueName: rig.name }));
    await flows.add({ name: 'welcome', queueName: rig.name, children });
    // BullMQ asks for one for each node; we for one before, and for one when they are sent.
    expect(asked).toHaveBeenCalledTimes(21 + 2);
  });

  test("nodes without options stay so beside BullMQ's own spans, which it carries in none then", async () => {
    const raw = new FlowProducer({ connection: rig.connection, telemetry: otel() });
    rig.later(() => raw.close());
    const { job } = await rig.jobs.flowProducer(raw).add({ name: 'welcome', queueName: rig.name });
    expect(job.opts.telemetry).toBeUndefined();
  });
});
