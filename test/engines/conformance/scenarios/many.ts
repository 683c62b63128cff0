import { context, propagation } from '@opentelemetry/api';
import { SAID } from '../compare-tenant.js';
import type { Scenario } from './scenario.js';
import { Broken, result } from './scenario.js';

export const priority: Scenario = {
  run: async (stage) => {
    const asks = [1, 5, 3].map((priority) => ({ priority }));
    const ids: string[] = [];
    for (const ask of asks) ids.push(await stage.ask(ask));
    const ran: string[] = [];
    await stage.work(({ id }) => {
      ran.push(id);
      return result(stage);
    });
    for (const id of ids) await stage.ends(id, 'completed');
    const wanted = [ids[1], ids[2], ids[0]];
    if (ran.join() !== wanted.join()) throw new Error(`They ran as ${ran}, not as ${wanted}.`);
  },
};

export const bulk: Scenario = {
  run: async (stage) => {
    const { addBulk } = stage.world;
    if (!addBulk) throw new Error('This engine takes one job at a time.');
    const asks = [{}, {}, {}, {}];
    stage.wanted = { together: stage.driver.traits.bulk === 'one' };
    const from = Date.now();
    const ids = await addBulk(
      asks,
      asks.map(() => ({ text: stage.ledger.secret() })),
    );
    for (const id of ids) stage.accepted(id, {}, from);
    await stage.work(() => result(stage), { concurrency: 2 });
    for (const id of ids) await stage.ends(id, 'completed');
  },
};

export const batch: Scenario = {
  run: async (stage) => {
    const { workBatches } = stage.world;
    if (!workBatches) throw new Error('This engine hands one job to a handler.');
    stage.wanted = { waits: 'any' };
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push(await stage.ask({ maxAttempts: 2 }));
    const handler = async (
      calls: readonly { readonly id: string; readonly number: number }[],
    ): Promise<unknown> => {
      const number = stage.ledger.nextBatch();
      const attempts = calls.map((call) => stage.ledger.began(call.id, call.number, { batch: number }));
      // One that fails takes the others of its batch with it: that is the engine's way.
      const fails = calls.some((call) => call.number === 1);
      await Promise.all(
        attempts.map((attempt) =>
          stage.ledger
            .during(attempt, () => {
              if (fails) throw new Broken('the batch failed');
            })
            .catch(() => undefined),
        ),
      );
      if (fails) throw new Broken('the batch failed');
      return result(stage);
    };
    stage.keep(await workBatches(handler, 3));
    for (const id of ids) await stage.ends(id, 'completed');
  },
};

export const duplicate: Scenario = {
  run: async (stage) => {
    const ask = { id: stage.ownId(), key: 'once' };
    const id = await stage.ask(ask);
    await stage.askAgain(id, ask);
    await stage.work(() => result(stage));
    await stage.ends(id, 'completed');
  },
};

export const enqueueInsideAJob: Scenario = {
  run: async (stage) => {
    const outer = await stage.ask();
    let inner: string | undefined;
    await stage.work(
      async ({ id }) => {
        if (id === outer) inner = await stage.ask();
        return result(stage);
      },
      { concurrency: 1 },
    );
    await stage.ends(outer, 'completed');
    await stage.ends(inner ?? 'the inner job', 'completed');
    stage.wanted = { inside: { outer, inner: inner ?? '' } };
  },
};

const TENANT = 'acme';

export const baggage: Scenario = {
  observed: { options: { baggage: ['tenant.id'] } },
  run: async (stage) => {
    const asked = propagation.createBaggage({ 'tenant.id': { value: TENANT }, other: { value: 'x' } });
    const outer = await context.with(propagation.setBaggage(context.active(), asked), () =>
      stage.ask({ maxAttempts: 2 }),
    );
    let inner: string | undefined;
    await stage.work(
      async ({ id, number }) => {
        await Promise.resolve();
        stage.current().info(SAID);
        if (id !== outer) return result(stage);
        if (number > 1) return result(stage);
        inner = await stage.ask();
        throw new Broken('once');
      },
      { concurrency: 1 },
    );
    await stage.ends(outer, 'completed');
    await stage.ends(inner ?? 'the inner job', 'completed');
    stage.wanted = { inside: { outer, inner: inner ?? '' }, tenant: TENANT, waits: 'any' };
  },
};

export const rateLimited: Scenario = {
  run: async (stage) => {
    const id = await stage.ask({ maxAttempts: 2 });
    // The engine tells no moment from which a job that it put back could run again.
    stage.wanted = { waits: 'any' };
    let put = false;
    await stage.work(async ({ defer }, attempt) => {
      if (put) return result(stage);
      put = true;
      attempt.settled = 'deferred';
      throw await defer(200);
    });
    await stage.ends(id, 'completed');
  },
};
