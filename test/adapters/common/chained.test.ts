import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { chained } from '../../../src/adapters/common/chained.js';
import { facade } from '../../../src/adapters/common/facade.js';

describe('chained()', () => {
  test('chained() - what listens through a facade hears, and goes on with the facade', () => {
    const engine = new EventEmitter();
    const seen: EventEmitter = facade(
      engine,
      chained(engine, () => seen),
    );
    const heard: unknown[] = [];
    expect(seen.on('said', (word) => heard.push(word)).once('said', () => heard.push('once'))).toBe(seen);
    engine.emit('said', 1);
    engine.emit('said', 2);
    expect(heard).toEqual([1, 'once', 2]);
    expect(seen.removeAllListeners('said')).toBe(seen);
    expect(engine.listenerCount('said')).toBe(0);
  });
});
