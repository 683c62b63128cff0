import { describe, expect, test } from 'vitest';
import { claim } from '../../../src/adapters/common/claim.js';
import { standingFor } from '../../../src/adapters/common/constructed.js';
import { observeOwnMethods, observePrototype } from '../../../src/adapters/common/observed-prototype.js';
import { beneath } from '../../../src/adapters/common/original-method.js';

/** As pg-boss up to 11: the methods of its objects are no methods of the class. */
class Engine {
  declare send: (n: number) => string;
  constructor(to: string) {
    Object.assign(this, { send: (n: number) => `${to} ${n}` });
  }
}

const NAMES = ['send'] as const;

function observing(seen: number[]): () => void {
  return observePrototype(Engine, NAMES, {
    observationOf: () => ({
      send: (call, args) => {
        seen.push(args[0] as number);
        return call(...args);
      },
    }),
  });
}

describe('observeOwnMethods()', () => {
  test('observeOwnMethods() - who observes the class observes them, from whenever that begins until it ends', () => {
    const engine = new Engine('ada');
    const { send } = engine;
    observeOwnMethods(engine, Engine, NAMES);
    const seen: number[] = [];
    expect(engine.send(1)).toBe('ada 1');
    for (const n of [2, 3]) {
      const end = observing(seen);
      expect(engine.send(n)).toBe(`ada ${n}`);
      end();
    }
    expect(engine.send(4)).toBe('ada 4');
    expect(seen).toEqual([2, 3]);
    expect(beneath(engine.send)).toBe(send);
  });

  test('observeOwnMethods() - an object that is observed by hand is left alone', () => {
    const engine = new Engine('ada');
    observeOwnMethods(engine, Engine, NAMES);
    claim(engine, {});
    const seen: number[] = [];
    const end = observing(seen);
    expect(engine.send(1)).toBe('ada 1');
    end();
    expect(seen).toEqual([]);
  });
});

describe('standingFor()', () => {
  test('standingFor() - each object that is made is handed over once, those of subclasses too', () => {
    const made: object[] = [];
    const Seen = standingFor(Engine, (object) => void made.push(object));
    // Another who asks later.
    standingFor(Engine, (object) => void made.push(object));
    class Tenant extends Seen {}
    const engines = [new Seen('ada'), new Tenant('bob')];
    expect(made).toEqual(engines);
    expect(engines[1]).toBeInstanceOf(Tenant);
  });
});
