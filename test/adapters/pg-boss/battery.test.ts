import * as pgBoss from 'pg-boss';
import { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { PgBossInstrumentation } from 'signalbox/instrumentation';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../../src/adapters/pg-boss/connect.js';
import { BOSS_METHODS } from '../../../src/adapters/pg-boss/observed-methods.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();

interface Form {
  readonly name: string;
  make(): { PgBoss: typeof PgBoss; undo?: () => void };
}

/** As a loader's hook gives the module to the app. */
function instrumented(box = rig.box): { PgBoss: typeof PgBoss; undo: () => void } {
  const instrumentation = new PgBossInstrumentation(box);
  const [definition] = instrumentation.getModuleDefinitions();
  const exports = definition?.patch?.({ ...pgBoss }) as typeof pgBoss;
  return { PgBoss: exports.PgBoss, undo: () => instrumentation.disable() };
}

const FORMS: readonly Form[] = [
  { name: 'by prototype', make: () => instrumented() },
  { name: 'by class', make: () => rig.jobs.classes(pgBoss) },
];

describe.each(FORMS)('an app uses a PgBoss that is observed $name', ({ make }) => {
  let form: ReturnType<Form['make']>;
  const bosses: PgBoss[] = [];
  beforeEach(() => {
    form = make();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const boss of bosses.splice(0)) await boss.stop({ graceful: false, close: false });
    form.undo?.();
  });

  async function started<T extends PgBoss>(boss: T): Promise<T> {
    bosses.push(boss);
    boss.on('error', () => undefined);
    await boss.start();
    return boss;
  }

  test('its jobs are emitted, carried by the options, and its class is the one that the app has', async () => {
    const queue = await rig.newQueue();
    const boss = await started(new form.PgBoss(rig.options()));
    expect(boss).toBeInstanceOf(PgBoss);
    expect(boss.constructor).toBe(form.PgBoss);
    expect([form.PgBoss.name, form.PgBoss.length]).toEqual(['PgBoss', PgBoss.length]);
    await boss.work(queue, QUICK, async () => undefined);
    await boss.send(queue, {});
    await until('the end', () => rig.records(queue, 'job.completed').length === 1);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    const [enqueue] = rig.spans(queue, 'enqueue');
    expect(rig.spans(queue, 'process').map((span) => span.parentSpanContext?.spanId)).toEqual([
      enqueue?.spanContext().spanId,
    ]);
    expect(
      rig.otel.spans().filter(({ instrumentationScope }) => instrumentationScope.name === 'pg-boss'),
    ).toEqual([]);
  });

  test('a subclass with private members, overrides, fields and what it calls on itself is emitted once', async () => {
    const queue = await rig.newQueue();
    class Tenant extends form.PgBoss {
      readonly #priority = 3;
      readonly heard: string[] = [];
      constructor(options: pgBoss.ConstructorOptions) {
        super(options);
        this.on('wip', () => this.heard.push('wip'));
      }
      override send(name: never, data?: never, options?: object): Promise<string | null> {
        return super.send(name, data as never, { ...options, priority: this.#priority } as never);
      }
      twice(name: string): Promise<unknown> {
        return Promise.all([this.send(name as never), this.send(name as never)]);
      }
      readonly cancelAll = (name: string, ids: string[]): Promise<unknown> => this.cancel(name, ids);
    }
    const boss = await started(new Tenant(rig.options()));
    expect(boss.constructor).toBe(Tenant);
    await boss.twice(queue);
    await rig.told();
    expect(rig.spans(queue, 'enqueue').map(({ attributes }) => attributes['job.priority'])).toEqual([3, 3]);
  });

  test('a spy on the prototype is heard', async () => {
    const queue = await rig.newQueue();
    const boss = await started(new form.PgBoss(rig.options()));
    const spy = vi.spyOn(form.PgBoss.prototype, 'send');
    await boss.send(queue, {});
    expect(spy).toHaveBeenCalledTimes(1);
    spy.mockResolvedValue(null);
    await boss.send(queue, {});
    await rig.told();
    expect(rig.spans(queue, 'enqueue')).toHaveLength(1);
  });

  test('one that is wrapped by hand too is observed once, with the options or without', async () => {
    for (const options of [rig.jobs.options(rig.options()), rig.options()]) {
      const queue = await rig.newQueue();
      const boss = await started(rig.jobs.boss(new form.PgBoss(options)));
      await boss.work(queue, QUICK, async () => undefined);
      await boss.send(queue, {});
      await until('the end', () => rig.records(queue, 'job.completed').length === 1);
      expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
      expect(rig.spans(queue, 'enqueue')).toHaveLength(1);
      expect(rig.spans(queue, 'process')).toHaveLength(1);
    }
  });

  test('what pg-boss calls on itself to settle and to stop is not observed', async () => {
    const queue = await rig.newQueue();
    const boss = await started(new form.PgBoss(rig.options()));
    await boss.work(
      queue,
      { ...QUICK, perJobResults: true } as never,
      (async (jobs: { id: string }[]) => jobs.map(({ id }) => ({ id, status: 'completed' }))) as never,
    );
    await boss.send(queue, {});
    await until('the end', () => rig.records(queue, 'job.completed').length === 1);
    await boss.offWork(queue);
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    expect(rig.records(queue, 'worker.stopped')).toHaveLength(1);
  });

  test('classes() - a monitor takes a boss that has done nothing yet, and misuse is refused', async () => {
    expect(() => rig.jobs.classes({ PgBoss: Map } as never)).toThrow(/`PgBoss` is .*pg-boss 10 or up/);
    expect(() => rig.jobs.classes(undefined as never)).toThrow(/import \* as pgBoss/);
    const { PgBoss: Observed } = rig.jobs.classes(pgBoss);
    const boss = await started(new Observed(rig.options()));
    rig.jobs.monitor(boss, await rig.newQueue()).stop();
  });
});

describe('PgBossInstrumentation', () => {
  test('disable() - a boss is observed no more, and its class is as it was', async () => {
    const before = Object.getOwnPropertyDescriptors(PgBoss.prototype);
    const queue = await rig.newQueue();
    const form = instrumented(createSignalbox());
    const boss = new form.PgBoss(rig.options());
    boss.on('error', () => undefined);
    await boss.start();
    await boss.work(queue, QUICK, async () => undefined);
    await boss.send(queue, {});
    await until('the end', () => rig.records(queue, 'job.completed').length === 1);
    form.undo();
    expect(Object.getOwnPropertyDescriptors(PgBoss.prototype)).toEqual(before);
    const id = await boss.send(queue, {});
    await until('the end', async () => (await rig.row(queue, id ?? '')).state === 'completed');
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    await boss.stop({ graceful: false, close: false });
  });

  test('BOSS_METHODS - are those that are observed of a boss', () => {
    const observed = connect('test', rig.box, undefined).observationOf(rig.plain());
    expect(Object.keys(observed).sort()).toEqual([...BOSS_METHODS].sort());
  });
});
