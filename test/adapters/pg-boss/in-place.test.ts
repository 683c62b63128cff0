import { randomUUID } from 'node:crypto';
import { fromPglite, PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import sinon from 'sinon';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { recordDiag } from '../../support/otel.js';
import { QUICK, until, useRig } from './rig.js';

const rig = useRig();
afterEach(() => {
  sinon.restore();
  vi.restoreAllMocks();
});

/** A boss of a class of the app's, on the database of the rig, observed. */
async function started<T extends PgBoss>(make: new (options: object) => T): Promise<T> {
  const boss = rig.jobs.boss(new make(rig.jobs.options(rig.options())));
  boss.on('error', () => undefined);
  await boss.start();
  return boss;
}

describe('an observed boss', () => {
  test('boss() - is the very boss, with the methods that it had', async () => {
    const raw = new PgBoss(rig.jobs.options(rig.options()));
    const keys = Object.keys(raw);
    const boss = rig.jobs.boss(raw);
    expect(boss).toBe(raw);
    expect(Object.keys(boss)).toEqual(keys);
    expect([boss.send.name, boss.send.length]).toEqual(['send', PgBoss.prototype.send.length]);
    expect(boss.on('wip', () => undefined)).toBe(raw);
    expect(await boss.start()).toBe(raw);
    await boss.stop({ close: false });
  });

  test('boss() - a stub of sinon takes the place of a method, and gives it back', async () => {
    const queue = await rig.newQueue();
    const before = rig.boss.send;
    const stub = sinon.stub(rig.boss, 'send').resolves('stubbed');
    expect(await rig.boss.send(queue, {})).toBe('stubbed');
    sinon.assert.calledOnceWithExactly(stub, queue, {});
    stub.restore();
    expect(rig.boss.send).toBe(before);
    expect(await rig.boss.send(queue, {})).toMatch(/-/);
    expect(rig.story(queue)).toEqual(['job.queued']);
  });

  test('boss() - a spy sees what the app gives, and reads back as a spy', async () => {
    const queue = await rig.newQueue();
    vi.spyOn(rig.boss, 'insert');
    const jobs = [{ data: { n: 1 } }];
    await rig.boss.insert(queue, jobs);
    expect(rig.boss.insert).toHaveBeenCalledExactlyOnceWith(queue, jobs);
    expect(jobs).toEqual([{ data: { n: 1 } }]);
  });

  test('boss() - a method that is assigned is the one that is there', async () => {
    const boss = await started(PgBoss);
    const mine = async (): Promise<string> => 'mine';
    boss.send = mine;
    expect(boss.send).toBe(mine);
    await boss.stop({ close: false });
  });

  test('boss() - a stub that returns no promise is passed on, and nothing is made up of it', async () => {
    const queue = await rig.newQueue();
    const boss = new PgBoss(rig.jobs.options(rig.options()));
    sinon.stub(boss, 'send');
    sinon.stub(boss, 'complete');
    rig.jobs.boss(boss);
    expect(boss.send(queue, {})).toBeUndefined();
    expect(boss.complete(queue, randomUUID())).toBeUndefined();
    await rig.told();
    expect(rig.story(queue)).toEqual([]);
    expect(rig.spans(queue, 'enqueue')).toHaveLength(1);
  });

  test('boss() - what a stub throws at once goes on to the app', async () => {
    const queue = await rig.newQueue();
    const boss = new PgBoss(rig.jobs.options(rig.options()));
    for (const name of ['send', 'deleteJob', 'deleteAllJobs', 'insert'] as const)
      sinon.stub(boss, name).throws(new RangeError(name));
    rig.jobs.boss(boss);
    expect(() => boss.send(queue, {})).toThrow(RangeError);
    expect(() => boss.insert(queue, [{}])).toThrow(RangeError);
    // What deletes looks at the table first: it is thrown later.
    await expect(boss.deleteJob(queue, randomUUID())).rejects.toThrow(RangeError);
    await expect(boss.deleteAllJobs(queue)).rejects.toThrow(RangeError);
  });

  test('boss() - members that are private to a subclass, and what it calls on itself, stay', async () => {
    class Tenant extends PgBoss {
      readonly #tenant = 'acme';
      async sendHere(queue: string): Promise<string | null> {
        return this.send(queue, { tenant: this.#tenant });
      }
    }
    const boss = await started(Tenant);
    const queue = await rig.newQueue();
    const id = await boss.sendHere(queue);
    expect((await rig.row(queue, id ?? '')).data).toEqual({ tenant: 'acme' });
    expect(rig.story(queue)).toEqual(['job.queued']);
    await boss.stop({ close: false });
  });

  test('send() - an override that waits, sends a job of its own, and then calls another way in, is told job by job', async () => {
    const queue = await rig.newQueue();
    const audit = await rig.newQueue();
    class Audited extends PgBoss {
      override async send(...args: unknown[]): Promise<string | null> {
        const [name, data] = args as [string, object];
        if (name === audit) return Reflect.apply(super.send, this, args);
        await Promise.resolve();
        await this.send(audit, { of: name });
        return this.sendAfter(name, data, null, 30);
      }
    }
    const boss = await started(Audited);
    const id = await boss.send(queue, { n: 1 });
    expect(rig.records(queue).map(({ attributes }) => attributes['job.id'])).toEqual([id]);
    expect(rig.story(audit)).toEqual(['job.queued']);
    expect(rig.spans(queue, 'enqueue')).toHaveLength(1);
    await boss.stop({ close: false });
  });

  test('send() - an override that makes an insert of it is told once, and the job carries the context', async () => {
    const queue = await rig.newQueue();
    class Bulk extends PgBoss {
      override async send(...args: unknown[]): Promise<string | null> {
        const [name, data] = args as [string, object];
        await Promise.resolve();
        const ids = await super.insert(name, [{ data }], { returnId: true });
        return ids?.[0] ?? null;
      }
    }
    const boss = await started(Bulk);
    await boss.send(queue, { n: 1 });
    await boss.work(queue, QUICK, async () => undefined);
    const attempt = await until('attempt', () => rig.spans(queue, 'process')[0]);
    await boss.offWork(queue);
    expect(rig.story(queue)).toEqual(['job.queued', 'job.started', 'job.completed']);
    const [span] = rig.spans(queue, 'enqueue');
    expect(attempt.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
    await boss.stop({ close: false });
  });

  test('boss() - an override of a command is not called by telemetry', async () => {
    const called: string[] = [];
    class Counting extends PgBoss {
      override complete(...args: Parameters<PgBoss['complete']>): ReturnType<PgBoss['complete']> {
        called.push('complete');
        return super.complete(...args);
      }
    }
    const boss = await started(Counting);
    const queue = await rig.newQueue();
    await boss.work(queue, QUICK, async () => undefined);
    await boss.send(queue, {});
    await until('end', () => rig.records(queue, 'job.completed')[0]);
    await boss.offWork(queue);
    expect(called).toEqual([]);
    await boss.stop({ close: false });
  });

  test('boss() - two boxes on one boss tell once, and the second says so', async () => {
    const told = recordDiag();
    const other = pgBossJobs(createSignalbox());
    expect(other.boss(rig.boss)).toBe(rig.boss);
    expect(told.join()).toContain('observed already');
    const queue = await rig.newQueue();
    await rig.boss.send(queue, {});
    expect(rig.story(queue)).toEqual(['job.queued']);
  });

  test('boss() - one that is frozen is refused, with the fix', () => {
    const boss = new PgBoss(rig.options());
    Object.freeze(boss);
    expect(() => rig.jobs.boss(boss)).toThrow(/it is frozen/);
  });

  test('send() - the promise is the one that pg-boss gave', async () => {
    const queue = await rig.newQueue();
    const boss = new PgBoss(rig.options());
    const promise = Promise.resolve(randomUUID());
    sinon.stub(boss, 'send').returns(promise);
    rig.jobs.boss(boss);
    expect(boss.send(queue, {})).toBe(promise);
    await promise;
  });

  test('insert() - gives what pg-boss gives for what was asked', async () => {
    const queue = await rig.newQueue();
    const spied = `q-${randomUUID()}`;
    const boss = rig.observed({ __test__enableSpies: true } as object);
    await boss.start();
    await boss.createQueue(spied);
    boss.getSpy(spied);
    const truthy = { returnId: 1 } as unknown as { returnId: boolean };
    expect(await boss.insert(queue, [{}])).toBeNull();
    expect(await boss.insert(queue, [{}, {}], { returnId: true })).toHaveLength(2);
    expect(await boss.insert(queue, [{}], truthy)).toHaveLength(1);
    expect(await boss.insert(spied, [{}])).toHaveLength(1);
    await rig.told();
    expect(rig.records(queue, 'job.queued')).toHaveLength(4);
    expect(rig.records(spied, 'job.queued')).toHaveLength(1);
    await boss.stop({ close: false });
  });

  test('insert() - jobs that a queue of a policy does not take are duplicates, and the app is told nothing that it did not ask for', async () => {
    const queue = `q-${randomUUID()}`;
    await rig.boss.createQueue(queue, { policy: 'short' });
    expect(await rig.boss.insert(queue, [{}, {}, {}])).toBeNull();
    await rig.told();
    expect(rig.story(queue).sort()).toEqual(['job.duplicate', 'job.duplicate', 'job.queued']);
  });

  test('insert() - within a transaction only what is sure is told', async () => {
    const queue = await rig.newQueue();
    await rig.pglite.transaction(async (transaction) => {
      const db = {
        executeSql: (text: string, values?: unknown[]) => transaction.query<object>(text, values),
      };
      await rig.boss.insert(queue, [{}, { id: randomUUID() }], { db });
    });
    await rig.told();
    expect(rig.story(queue)).toEqual(['job.queued']);
  });

  test.each([
    [{}, false],
    [{ includeMetadata: false }, false],
    [{ includeMetadata: true }, true],
  ])('work() - a handler is called as pg-boss calls it (%j)', async (options, metadata) => {
    const queue = await rig.newQueue();
    const calls: { args: unknown[]; self: unknown; keys: string[] }[] = [];
    function handler(this: unknown, ...args: unknown[]): void {
      const [jobs] = args as [object[]];
      calls.push({ args, self: this, keys: Object.keys(jobs[0] ?? {}) });
    }
    const raw = rig.plain();
    await raw.start();
    for (const boss of [raw, rig.boss]) {
      await boss.send(queue, {});
      await boss.work(queue, { ...QUICK, ...options }, handler as never);
      await until('call', () => calls[boss === raw ? 0 : 1]);
      await boss.offWork(queue);
    }
    const [asRaw, observed] = calls;
    expect(observed?.args).toHaveLength(asRaw?.args.length ?? 0);
    expect(observed?.self).toBe(asRaw?.self);
    expect(observed?.keys).toEqual(asRaw?.keys);
    expect(observed?.keys.includes('state')).toBe(metadata);
  });

  test('send() - 500 at once resolve in the order in which they do unobserved', async () => {
    const queue = await rig.newQueue();
    const order = async (boss: PgBoss): Promise<number[]> => {
      const seen: number[] = [];
      const all = Array.from({ length: 500 }, (_, i) => boss.send(queue, { i }).then(() => seen.push(i)));
      await Promise.all(all);
      return seen;
    };
    const raw = new PgBoss({ ...rig.options(), db: fromPglite(rig.pglite) });
    raw.on('error', () => undefined);
    await raw.start();
    expect(await order(rig.boss)).toEqual(await order(raw));
    await raw.stop({ close: false });
  });
});
