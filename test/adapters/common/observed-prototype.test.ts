import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { claim, rest } from '../../../src/adapters/common/claim.js';
import type { ClassObserver } from '../../../src/adapters/common/observation.js';
import { perObject } from '../../../src/adapters/common/observation.js';
import { observeInPlace } from '../../../src/adapters/common/observed-object.js';
import { observePrototype } from '../../../src/adapters/common/observed-prototype.js';
import { beneath } from '../../../src/adapters/common/original-method.js';

class Base {
  sent = 0;
  look(): number {
    return this.sent;
  }
}

class Engine extends Base {
  #all: number[] = [];
  send(n: number): number {
    this.#all.push(n);
    this.sent += n;
    return this.#all.length;
  }
}

type Seen = [string, unknown[]];

/** An observer that notes what it sees, under a name. */
function observer(name: string, seen: Seen[]): ClassObserver<Engine> & { made: number } {
  const self = {
    made: 0,
    observationOf: perObject<Engine>(() => {
      self.made++;
      return {
        send: (call, args) => {
          seen.push([name, args]);
          return call(...args);
        },
      };
    }),
  };
  return self;
}

describe('observePrototype()', () => {
  let seen: Seen[] = [];
  const undos: (() => void)[] = [];
  const observe = (by: ClassObserver<Engine>): (() => void) => {
    const undo = observePrototype(Engine, ['send', 'look'], by);
    undos.push(undo);
    return undo;
  };

  beforeEach(() => {
    seen = [];
  });
  afterEach(() => {
    vi.restoreAllMocks();
    for (const undo of undos.splice(0)) undo();
  });

  test('observePrototype() - observes objects that are there already, each by an observation of its own', () => {
    const [one, two] = [new Engine(), new Engine()];
    const by = observer('a', seen);
    observe(by);
    expect([one.send(1), one.send(2), two.send(3)]).toEqual([1, 2, 1]);
    expect(seen).toEqual([
      ['a', [1]],
      ['a', [2]],
      ['a', [3]],
    ]);
    expect(by.made).toBe(2);
  });

  test('observePrototype() - the prototype is as it was once nobody observes, inherited methods too', () => {
    const before = Object.getOwnPropertyDescriptors(Engine.prototype);
    const keys = Reflect.ownKeys(Engine.prototype);
    const [first, second] = [observe(observer('a', seen)), observe(observer('b', seen))];
    expect(Reflect.ownKeys(Engine.prototype)).toContain('look');
    expect(Engine.prototype.send).toHaveLength(1);
    expect(Engine.prototype.send.name).toBe('send');
    first();
    first();
    expect(Reflect.ownKeys(Engine.prototype)).toContain('look');
    second();
    expect(Reflect.ownKeys(Engine.prototype)).toEqual(keys);
    expect(Object.getOwnPropertyDescriptors(Engine.prototype)).toEqual(before);
  });

  test('observePrototype() - two observe once, and when the first ends the second takes over', () => {
    const engine = new Engine();
    const first = observe(observer('a', seen));
    observe(observer('b', seen));
    engine.send(1);
    first();
    engine.send(2);
    expect(seen).toEqual([
      ['a', [1]],
      ['b', [2]],
    ]);
  });

  test('observePrototype() - what is held while no method is called is handed to the next', () => {
    const engine = new Engine();
    const taken: Engine[] = [];
    const first = observe({ observationOf: () => undefined, held: () => [engine] });
    observe({ observationOf: () => undefined, takeOver: () => false });
    observe({ observationOf: () => undefined, takeOver: (one) => taken.push(one) > 0 });
    first();
    expect(taken).toEqual([engine]);
  });

  test('observePrototype() - one who leaves an object alone leaves it to the next', () => {
    observe({ observationOf: () => undefined });
    observe(observer('b', seen));
    new Engine().send(1);
    expect(seen).toEqual([['b', [1]]]);
  });

  test('observePrototype() - an object that is observed by hand is left alone, before and after', () => {
    observe(observer('a', seen));
    const engine = new Engine();
    engine.send(1);
    const hand = {};
    claim(engine, hand);
    observeInPlace<Engine>(engine, {
      send: (call, args) => {
        seen.push(['hand', args]);
        return call(...args);
      },
    });
    engine.send(2);
    rest(hand, true);
    seen = seen.filter(([who]) => who !== 'hand');
    expect(seen).toEqual([['a', [1]]]);
  });

  test('observePrototype() - an async method is still seen as one by who observes the object', () => {
    class Later {
      async send(): Promise<number> {
        return 1;
      }
    }
    const undo = observePrototype(Later, ['send'], { observationOf: () => undefined });
    const engine = beneath(Later.prototype.send);
    expect(engine).not.toBe(Later.prototype.send);
    undo();
    expect(engine).toBe(Later.prototype.send);
  });

  test('observePrototype() - a spy that lies over it when it ends is left, and nothing is seen through it', () => {
    const undo = observe(observer('a', seen));
    const engine = new Engine();
    const spy = vi.spyOn(Engine.prototype, 'send');
    engine.send(1);
    undo();
    expect(engine.send(2)).toBe(2);
    expect(spy).toHaveBeenCalledTimes(2);
    expect(seen).toEqual([['a', [1]]]);
  });

  test('perObject() - what an object is asked while it is looked at is not observed', () => {
    observe({
      observationOf: perObject<Engine>((engine) => {
        engine.send(7);
        return {
          send: (call, args) => {
            seen.push(['a', args]);
            return call(...args);
          },
        };
      }),
    });
    new Engine().send(1);
    expect(seen).toEqual([['a', [1]]]);
  });
});
