import { describe, expect, test } from 'vitest';
import { claim, observerOf } from '../../../src/adapters/common/claim.js';
import { observedClass } from '../../../src/adapters/common/observed-class.js';
import { observePrototype } from '../../../src/adapters/common/observed-prototype.js';

class Engine {
  static make(): Engine {
    return new Engine({ to: 'made' });
  }
  readonly #to: string;
  constructor(options: { to: string }, _more?: number) {
    this.#to = options.to;
  }
  send(n: number): string {
    return `${this.#to} ${n}`;
  }
}

function observed(seen: unknown[][], owner: object = {}): typeof Engine {
  return observedClass<Engine, typeof Engine>(Engine, {
    names: ['send'],
    owner,
    given: ([options, ...more]) => [{ to: `given ${(options as { to: string }).to}` }, ...more],
    observer: {
      observationOf: () => ({
        send: (call, args) => {
          seen.push(args);
          return call(...args);
        },
      }),
    },
  });
}

describe('observedClass()', () => {
  test('observedClass() - its objects are of the class, with its name, length and statics', () => {
    const Observed = observed([]);
    const engine = new Observed({ to: 'ada' });
    expect(engine).toBeInstanceOf(Engine);
    expect(engine).toBeInstanceOf(Observed);
    expect(engine.constructor).toBe(Observed);
    expect([Observed.name, Observed.length]).toEqual([Engine.name, Engine.length]);
    expect(Observed.make).toBe(Engine.make);
    expect(Observed.prototype.send).toHaveLength(1);
  });

  test('observedClass() - observes what overrides, private members and fields of subclasses come to, once', () => {
    const seen: unknown[][] = [];
    class Tenant extends observed(seen) {
      readonly #factor = 10;
      override send(n: number): string {
        return super.send(n * this.#factor);
      }
    }
    const tenant = new Tenant({ to: 'ada' });
    expect(tenant.send(2)).toBe('given ada 20');
    expect(seen).toEqual([[20]]);
  });

  test('observedClass() - methods that its objects have of their own are observed too', () => {
    class Promoted {
      declare send: (n: number) => string;
      constructor(to: string) {
        Object.assign(this, { send: (n: number) => `${to} ${n}` });
      }
    }
    const seen: unknown[][] = [];
    const Observed = observedClass<Promoted, typeof Promoted>(Promoted, {
      names: ['send'],
      observer: {
        observationOf: () => ({
          send: (call, args) => {
            seen.push(args);
            return call(...args);
          },
        }),
      },
    });
    const { send } = new Observed('ada');
    expect([send(1), new Observed('bob').send(2)]).toEqual(['ada 1', 'bob 2']);
    expect(seen).toEqual([[1], [2]]);
    const byHand = new Observed('eve');
    claim(byHand, {});
    expect(byHand.send(3)).toBe('eve 3');
    expect(seen).toHaveLength(2);
  });

  test('observedClass() - who observes the class beneath by its prototype leaves its objects alone', () => {
    const seen: unknown[][] = [];
    const Observed = observed(seen);
    const undo = observePrototype<Engine>(Engine, ['send'], {
      observationOf: () => ({
        send: (call, args) => {
          seen.push(['prototype', ...args]);
          return call(...args);
        },
      }),
    });
    new Observed({ to: 'ada' }).send(1);
    undo();
    expect(seen).toEqual([[1]]);
  });

  test('observedClass() - an object that is observed by hand is left to that', () => {
    const seen: unknown[][] = [];
    const owner = {};
    const Observed = observed(seen, owner);
    const [theirs, ours] = [new Observed({ to: 'ada' }), new Observed({ to: 'bob' })];
    claim(theirs, {});
    expect(theirs.send(1)).toBe('given ada 1');
    ours.send(2);
    expect(observerOf(ours)).toBe(owner);
    ours.send(3);
    expect(seen).toEqual([[2], [3]]);
  });
});
