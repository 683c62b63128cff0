import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

/** Names that every object has something of. */
const NAMES = Object.getOwnPropertyNames(Object.prototype);
const own = (): unknown[] => [Object, Object.prototype].map((o) => Reflect.ownKeys(o));

describe.each(NAMES)('%s', (name) => {
  test('as a reason for dropping - is counted, and the report is not complete', async () => {
    const before = own();
    const box = createSignalbox({ destinations: { d: () => ({ dropped: name }) } });
    box.info('plain');
    const { complete, undelivered } = await box.shutdown();
    expect(complete).toBe(false);
    expect(Object.entries(undelivered.d ?? {})).toEqual([[name, 1]]);
    expect(Object.entries(box.stats().destinations.d?.channels.sink?.dropped ?? {})).toEqual([[name, 1]]);
    expect(own()).toEqual(before);
  });

  test.skipIf(name.startsWith('_'))('as a destination - its losses are reported under its name', async () => {
    const before = own();
    const failing = (): never => {
      throw new Error('no');
    };
    const box = createSignalbox({ destinations: { [name]: failing } as Record<string, () => never> });
    box.info('plain');
    const { complete, undelivered } = await box.shutdown();
    expect([complete, Object.entries(undelivered)]).toEqual([false, [[name, { failed: 1 }]]]);
    expect(Object.hasOwn(box.stats().destinations, name)).toBe(true);
    expect(own()).toEqual(before);
  });

  test.skipIf(name === '__proto__')("as a field, a level's value and a label - is carried", () => {
    const seen = recorder();
    const signal = defineSignal('NAMED_ODDLY', {
      fields: { [name]: field.optional(field.string()) },
      metrics: [{ type: 'counter', name: 'named.oddly', constantLabels: { [name]: 'x' } }],
    });
    const box = createSignalbox({ destinations: { seen } });
    box.emit(signal, { [name]: 'given' });
    box.emit(signal, {});
    box.info('plain', { [name]: 'given' });
    expect(seen.emissions().map(({ fields }) => Object.entries(fields))).toEqual([
      [[name, 'given']],
      [],
      [[name, 'given']],
    ]);
    expect(box.stats().values).toMatchObject({ wrongType: 0, undeclared: 0, unserializable: 0 });
  });

  test('as a queue, a type and a worker - is that queue', () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue(name, { types: [name] });
    queue.attempt({ job: { id: name, type: name }, number: 1, worker: name }).completed();
    expect(otel.spans()[0]?.name).toBe(`process ${name}`);
    expect(otel.spans()[0]?.attributes).toMatchObject({
      'messaging.destination.name': name,
      'worker.id': name,
    });
  });
});
