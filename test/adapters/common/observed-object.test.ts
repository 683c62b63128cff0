import { EventEmitter } from 'node:events';
import sinon from 'sinon';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { observeInPlace } from '../../../src/adapters/common/observed-object.js';

class Engine extends EventEmitter {
  #sent = 0;
  name = 'mail';
  send(n: number): number {
    this.#sent += n;
    return this.#sent;
  }
  sendTwice(n: number): number {
    this.send(n);
    return this.send(n);
  }
  get sent(): number {
    return this.#sent;
  }
}

/** An engine whose `send` is observed, and what was seen of it. */
function observed<T extends Engine>(engine: T): { engine: T; seen: unknown[][] } {
  const seen: unknown[][] = [];
  const same = observeInPlace<Engine>(engine, {
    send: (call, args) => {
      seen.push(args);
      return call(...args);
    },
  });
  expect(same).toBe(engine);
  return { engine, seen };
}

describe('observeInPlace()', () => {
  afterEach(() => {
    sinon.restore();
    vi.restoreAllMocks();
  });

  test('observeInPlace() - observes the object itself, what it calls on itself too', () => {
    const { engine, seen } = observed(new Engine());
    expect(engine.send(2)).toBe(2);
    expect(engine.sendTwice(1)).toBe(4);
    expect(seen).toEqual([[2], [1], [1]]);
  });

  test('observeInPlace() - leaves class, fields, listeners and enumerable keys as they were', () => {
    const raw = new Engine();
    const keys = Object.keys(raw);
    const { engine } = observed(raw);
    expect(engine).toBeInstanceOf(Engine);
    expect(engine.constructor).toBe(Engine);
    expect(Object.keys(engine)).toEqual(keys);
    expect(engine.sendTwice).toBe(Engine.prototype.sendTwice);
    const listener = vi.fn(function (this: unknown) {
      return this;
    });
    expect(engine.on('said', listener)).toBe(engine);
    engine.emit('said');
    expect(listener.mock.contexts).toEqual([engine]);
  });

  test('observeInPlace() - a function keeps its name, its length and properties of its own, also later ones', () => {
    const withRetries = (): string => 'retried';
    const client = Object.assign(function withPgClient(_callback: unknown) {}, { withRetries });
    const helpers = observeInPlace({ withPgClient: client }, { withPgClient: (call, args) => call(...args) });
    expect(helpers.withPgClient).toHaveLength(1);
    expect(helpers.withPgClient.name).toBe('withPgClient');
    expect(helpers.withPgClient.withRetries()).toBe('retried');
    Object.assign(client, { later: 1 });
    expect(helpers.withPgClient).toHaveProperty('later', 1);
    expect({ ...helpers }.withPgClient).toBe(helpers.withPgClient);
  });

  test('observeInPlace() - overrides of a subclass stay, with its private members and what it calls on itself', () => {
    class Tenant extends Engine {
      readonly #factor = 10;
      override send(n: number): number {
        return super.send(n * this.#factor);
      }
      sendLater(n: number): number {
        return this.send(n);
      }
    }
    const { engine, seen } = observed(new Tenant());
    expect(engine.sendLater(2)).toBe(20);
    expect(seen).toEqual([[2]]);
  });

  test('observeInPlace() - a method that is a field of the object is observed', () => {
    class Bound extends Engine {
      override send = (n: number): number => n * 2;
    }
    const { engine, seen } = observed(new Bound());
    expect(engine.send(3)).toBe(6);
    expect(Object.keys(engine)).toContain('send');
    expect(seen).toEqual([[3]]);
  });

  test('observeInPlace() - does not add a method that the object has not', () => {
    const engine = observeInPlace<Engine & { old?: () => void }>(new Engine(), { old: (call) => call() });
    expect('old' in engine).toBe(false);
  });

  test('observeInPlace() - a method that is assigned is the one that is there', () => {
    const { engine, seen } = observed(new Engine());
    const mine = (): number => 7;
    engine.send = mine;
    expect(engine.send).toBe(mine);
    expect(engine.send(1)).toBe(7);
    expect(seen).toEqual([]);
  });

  test('observeInPlace() - a stub of sinon takes its place, and gives it back', () => {
    const { engine, seen } = observed(new Engine());
    const before = engine.send;
    const stub = sinon.stub(engine, 'send').returns(5);
    expect(engine.send(1)).toBe(5);
    sinon.assert.calledWithExactly(stub, 1);
    expect(seen).toEqual([]);
    stub.restore();
    expect(engine.send).toBe(before);
    expect(engine.send(1)).toBe(1);
    expect(seen).toEqual([[1]]);
  });

  test('observeInPlace() - a spy of vitest lies over it, and is given back', () => {
    const { engine, seen } = observed(new Engine());
    const before = engine.send;
    const spy = vi.spyOn(engine, 'send');
    engine.send(1);
    expect(engine.send).toHaveBeenCalledExactlyOnceWith(1);
    expect(seen).toEqual([[1]]);
    spy.mockRestore();
    expect(engine.send).toBe(before);
  });

  test('observeInPlace() - a spy that was there before is called, and read through it', () => {
    const engine = new Engine();
    const spy = vi.spyOn(engine, 'send');
    const sinonSpy = sinon.spy(Engine.prototype, 'sendTwice');
    observeInPlace(engine, { send: (call, args) => call(...args), sendTwice: (call, args) => call(...args) });
    engine.sendTwice(1);
    expect(engine.send).toHaveBeenCalledTimes(2);
    expect(spy).toHaveBeenCalledTimes(2);
    sinon.assert.calledOnce(engine.sendTwice as sinon.SinonSpy);
    expect((engine.sendTwice as sinon.SinonSpy).callCount).toBe(1);
    expect(sinonSpy.callCount).toBe(1);
  });

  test('observeInPlace() - a spy that comes later on the class is heard', () => {
    const { engine, seen } = observed(new Engine());
    const spy = vi.spyOn(Engine.prototype, 'send').mockReturnValue(9);
    expect(engine.send(1)).toBe(9);
    expect(engine.send).toHaveBeenCalledTimes(1);
    expect(spy.mock.contexts).toEqual([engine]);
    expect(seen).toEqual([[1]]);
  });

  test('observeInPlace() - a method that is called on another object runs there', () => {
    const { engine } = observed(new Engine());
    const other = new Engine();
    expect(engine.send.call(other, 3)).toBe(3);
    expect(other.sent).toBe(3);
    expect(engine.sent).toBe(0);
  });
});
