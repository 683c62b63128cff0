import { describe, expect, test } from 'vitest';
import { facade } from '../../../src/adapters/common/facade.js';

class Engine {
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

describe('facade()', () => {
  test('facade() - calls the replacement, and leaves the rest as it was', () => {
    const engine = new Engine();
    const seen: number[] = [];
    const observed = facade(engine, {
      send: (n) => {
        seen.push(n);
        return engine.send(n);
      },
    });
    expect(observed.send(2)).toBe(2);
    expect(observed.sendTwice(1)).toBe(4);
    expect(observed.sent).toBe(4);
    expect(seen).toEqual([2]);
  });

  test('facade() - is an instance of its class, with methods that keep their identity', () => {
    const observed = facade(new Engine(), {});
    expect(observed).toBeInstanceOf(Engine);
    expect(observed.constructor).toBe(Engine);
    expect(observed.sendTwice).toBe(observed.sendTwice);
  });

  test('facade() - what is set on it is set on the object', () => {
    const engine = new Engine();
    facade(engine, {}).name = 'post';
    expect(engine.name).toBe('post');
  });

  test('facade() - a patch of a replaced method calls the replacement, and that the object’s own: once each', () => {
    const engine = new Engine();
    const seen: string[] = [];
    const observed = facade(engine, {
      send: (n) => {
        seen.push('replacement');
        return engine.send(n);
      },
    });
    const send = observed.send.bind(observed);
    observed.send = (n) => {
      seen.push('patch');
      return send(n);
    };
    expect(observed.send(2)).toBe(2);
    expect(seen).toEqual(['patch', 'replacement']);
    expect(engine.sent).toBe(2);
  });
});
