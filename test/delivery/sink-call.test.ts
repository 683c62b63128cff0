import { describe, expect, test } from 'vitest';
import { Call } from '../../src/delivery/sink-call.js';

describe('Call', () => {
  test('Call - gives the same signal each time it is read', () => {
    const call = new Call();
    expect(call.signal).toBe(call.signal);
    expect(call.signal.aborted).toBe(false);
  });

  test('Call - aborts a signal that was read before', () => {
    const call = new Call();
    const { signal } = call;
    call.abort('late');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe('late');
  });

  test('Call - gives an aborted signal where it was read afterwards, with the first reason', () => {
    const call = new Call();
    call.abort('first');
    call.abort('second');
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toBe('first');
  });
});
