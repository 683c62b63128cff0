import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/delivery/nowhere.js';
import { connectionOf, emissionOf, passed } from './helpers.js';

describe('nowhere', () => {
  test('nowhere - counts what it takes as dropped, also after its shutdown', async () => {
    const connection = connectionOf();
    const port = nowhere.connect(connection);
    port.accept?.(emissionOf());
    await port.forceFlush(passed());
    await port.shutdown(passed());
    port.accept?.(emissionOf());
    expect(connection.sinkAccount.counts()).toMatchObject({ routed: 2, dropped: { nowhere: 2 }, queued: 0 });
    expect(connection.reports).toEqual([]);
  });

  test('nowhere - is a destination for sinks alone and can not be changed', () => {
    expect(nowhere).toMatchObject({ kind: 'sink', channels: ['sink'] });
    expect(Object.isFrozen(nowhere)).toBe(true);
  });
});
