import { createSignalbox } from 'signalbox';
import {
  BullMQInstrumentation,
  GraphileWorkerInstrumentation,
  PgBossInstrumentation,
  signalboxInstrumentations,
} from 'signalbox/instrumentation';
import { describe, expect, test } from 'vitest';
import { allEngines } from '../../src/instrumentation/engines/all.js';
import { giveEngines } from '../../src/instrumentation/load-engine.js';

const box = createSignalbox();

interface Hook {
  readonly supportedVersions: string[];
  patch?: (exports: object) => Record<string, unknown>;
  unpatch?: (exports: object) => void;
}

/** What a hook does when a module, or a file of it, was loaded. */
function hookOf(instrumentation: { getModuleDefinitions(): object[] }, file?: string): Hook {
  const definitions = instrumentation.getModuleDefinitions() as unknown as (Hook & {
    files: ({ name: string } & Hook)[];
  })[];
  const found = file
    ? definitions.flatMap(({ files }) => files).find(({ name }) => name.endsWith(file))
    : definitions.find(({ patch }) => patch !== undefined);
  if (!found) throw new Error(`no hook of ${file}`);
  return found;
}

class Queue {
  name = 'mail';
  add(name: string): string {
    return name;
  }
  addBulk(): void {}
  getBackend(): object {
    return {};
  }
}

describe('signalboxInstrumentations()', () => {
  test('signalboxInstrumentations() - one for each engine, and the box where it is given itself', () => {
    const names = (all: readonly { instrumentationName: string }[]): string[] =>
      all.map(({ instrumentationName }) => instrumentationName);
    const engines = ['signalbox/bullmq', 'signalbox/pg-boss', 'signalbox/graphile-worker'];
    expect(names(signalboxInstrumentations(() => undefined))).toEqual(engines);
    expect(names(signalboxInstrumentations(box))).toEqual([...engines, 'signalbox']);
    for (const one of signalboxInstrumentations(box)) one.disable();
  });

  test('signalboxInstrumentations() - misuse is refused when it is made, with the fix', () => {
    expect(() => signalboxInstrumentations({} as never)).toThrow(/the box is .*createSignalbox/);
    expect(() => signalboxInstrumentations(undefined as never)).toThrow(/BullMQInstrumentation: the box is/);
    expect(() => signalboxInstrumentations(box, { bullMQ: {} } as never)).toThrow(/Did you mean 'bullmq'/);
    expect(() => new BullMQInstrumentation(() => box, { type: ['a'] } as never)).toThrow(
      /BullMQInstrumentation: there is no option 'type'. Did you mean 'types'/,
    );
    expect(() => new PgBossInstrumentation(box, { settle: 'fast' as never })).toThrow(/`settle` is 'fast'/);
    expect(() => new GraphileWorkerInstrumentation(box, { schema: 1 as never })).toThrow(/`schema` is 1/);
    expect(() => new GraphileWorkerInstrumentation(box, { enabled: 1 as never })).toThrow(/`enabled` is 1/);
    expect(() => new PgBossInstrumentation(box, [] as never)).toThrow(/Give an object/);
  });

  test('BullMQInstrumentation - a class is observed once it is loaded, and as it was when that is switched off', () => {
    const before = Object.getOwnPropertyDescriptors(Queue.prototype);
    const instrumentation = new BullMQInstrumentation(() => undefined);
    const exports = { Queue };
    expect(hookOf(instrumentation, '/queue.js').patch?.(exports)).toBe(exports);
    expect(Queue.prototype.add).not.toBe(before.add.value);
    expect(new Queue().add('runs as it is, without a box')).toBe('runs as it is, without a box');
    instrumentation.disable();
    instrumentation.disable();
    expect(Object.getOwnPropertyDescriptors(Queue.prototype)).toEqual(before);
    instrumentation.enable();
    expect(Queue.prototype.add).not.toBe(before.add.value);
    instrumentation.disable();
    expect(Object.getOwnPropertyDescriptors(Queue.prototype)).toEqual(before);
    expect(instrumentation.getConfig().enabled).toBe(false);
  });

  test('BullMQInstrumentation - a class of BullMQ before 5.34, and what is no class, stay as they are', () => {
    class Old {
      add(): void {}
    }
    const before = Object.getOwnPropertyDescriptors(Old.prototype);
    const instrumentation = new BullMQInstrumentation(box);
    hookOf(instrumentation, '/queue.js').patch?.({ Queue: Old });
    hookOf(instrumentation, '/worker.js').patch?.({ Worker: 'none' });
    expect(Object.getOwnPropertyDescriptors(Old.prototype)).toEqual(before);
    instrumentation.disable();
  });

  test('PgBossInstrumentation - of exports that are locked a copy is given, of others they themselves', () => {
    class PgBoss {
      send(): void {}
    }
    const instrumentation = new PgBossInstrumentation(() => undefined);
    const { patch, unpatch } = hookOf(instrumentation);
    const locked = Object.defineProperty({ other: 1 }, 'PgBoss', { enumerable: true, get: () => PgBoss });
    const copy = patch?.(locked) as { PgBoss: typeof PgBoss; other: number };
    expect(copy).not.toBe(locked);
    expect(copy.other).toBe(1);
    const settable = { PgBoss };
    expect(patch?.(settable)).toBe(settable);
    expect(settable.PgBoss).toBe(copy.PgBoss);
    const boss = new settable.PgBoss();
    expect(boss).toBeInstanceOf(PgBoss);
    expect(boss.constructor).toBe(settable.PgBoss);
    const kept = settable.PgBoss;
    unpatch?.(settable);
    instrumentation.disable();
    expect(settable.PgBoss).toBe(PgBoss);
    expect(PgBoss.prototype.constructor).toBe(PgBoss);
    expect(new kept()).toBeInstanceOf(PgBoss);
  });

  test('GraphileWorkerInstrumentation - functions keep name, length and what they do; two of them replace each once', async () => {
    async function run(_options: object, _tasks?: object): Promise<string> {
      return 'ran';
    }
    const [first, second] = [1, 2].map(() => new GraphileWorkerInstrumentation(() => undefined));
    if (!first || !second) throw new Error('none');
    const exports = { run, other: 1 };
    hookOf(first).patch?.(exports);
    const once = exports.run;
    hookOf(second).patch?.(exports);
    expect(exports.run).toBe(once);
    expect([once.name, once.length]).toEqual(['run', 2]);
    expect(await once({})).toBe('ran');
    hookOf(second).unpatch?.(exports);
    expect(exports.run).toBe(run);
    for (const one of [first, second]) one.disable();
  });

  test('an engine whose adapter can not be loaded is given to the app as it is, one that is too old too', () => {
    const missing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('bundled, and not there');
        },
      },
    );
    giveEngines({ ...allEngines, 'pg-boss': missing, 'graphile-worker': missing } as typeof allEngines);
    for (const instrumentation of [new PgBossInstrumentation(box), new GraphileWorkerInstrumentation(box)]) {
      const definitions = instrumentation.getModuleDefinitions() as unknown as Hook[];
      for (const { patch } of definitions) {
        const exports = { PgBoss: class {}, run: () => undefined };
        if (patch) expect(patch(exports)).toBe(exports);
      }
      instrumentation.disable();
    }
    giveEngines(allEngines);
  });

  test('the box that a function gives is asked for when an engine is used, and what it throws is no trouble', () => {
    let asked = 0;
    const instrumentation = new BullMQInstrumentation(() => {
      asked++;
      throw new Error('not yet');
    });
    class Other extends Queue {
      override add(name: string): string {
        return name;
      }
      override addBulk(): void {}
      override getBackend(): object {
        return {};
      }
    }
    hookOf(instrumentation, '/queue.js').patch?.({ Queue: Other });
    expect(asked).toBe(0);
    expect(new Other().add('a')).toBe('a');
    expect(asked).toBe(1);
    instrumentation.disable();
  });
});
