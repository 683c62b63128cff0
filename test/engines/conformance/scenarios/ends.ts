import type { Scenario } from './scenario.js';
import { Broken, result } from './scenario.js';

export const success: Scenario = {
  run: async (stage) => {
    const ids = [await stage.ask(), await stage.ask()];
    await stage.work(() => result(stage));
    for (const id of ids) await stage.ends(id, 'completed');
  },
};

export const retryThenSuccess: Scenario = {
  run: async (stage) => {
    const id = await stage.ask({ maxAttempts: 3 });
    await stage.work(({ number }) => {
      if (number < 3) throw new Broken(`attempt ${number} failed`);
      return result(stage);
    });
    await stage.ends(id, 'completed');
  },
};

export const exhausted: Scenario = {
  run: async (stage) => {
    const id = await stage.ask({ maxAttempts: 2 });
    await stage.work(({ number }) => {
      throw Object.assign(new Error(`no way ${number}`), { code: 'ENOWAY' });
    });
    await stage.ends(id, 'failed');
  },
};

const THROWN: readonly unknown[] = ['a text', 42, { some: 'object' }, Object.freeze(new Broken('frozen'))];

export const thrownNonErrors: Scenario = {
  run: async (stage) => {
    const thrown = new Map<string, unknown>();
    const values = stage.driver.traits.throwsNothing ? [...THROWN, null, undefined] : THROWN;
    for (const value of values) thrown.set(await stage.ask(), value);
    await stage.work(({ id }) => {
      throw thrown.get(id);
    });
    for (const id of thrown.keys()) await stage.ends(id, 'failed');
  },
};
