import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { createSignalbox, defineSignal } from 'signalbox';
import { sink } from 'signalbox/sinks';
import { describe, expect, test } from 'vitest';
import { addStats } from '../../examples/job-queue/accounts.js';
import { relay } from '../../examples/job-queue/apart/relay.js';

describe('relay', () => {
  test('relay() - passes on whole lines alone, however the text is cut, and the last one too', async () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '\n') }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(texts, async (parts) => {
        const [from, to] = [new PassThrough(), new PassThrough()];
        const written: string[] = [];
        to.setEncoding('utf8').on('data', (text: string) => written.push(text));
        relay(from, to);
        for (const part of parts) from.write(part);
        from.end();
        await once(from, 'close');
        to.end();
        await once(to, 'close');
        expect(written.filter((text) => !text.endsWith('\n'))).toEqual([]);
        expect(written.join('')).toBe(parts.join('').replace(/[^\n]$/, '$&\n'));
      }),
    );
  });
});

describe('addStats', () => {
  test('addStats() - adds what two boxes say of one destination, and keeps what only one of them has', async () => {
    const SENT = defineSignal('SENT');
    const boxWith = async (emits: number, to: 'mail' | 'post') => {
      const box = createSignalbox({
        destinations: { shared: sink(() => undefined), [to]: sink(() => undefined) },
        routes: [{ signals: '*', to: ['shared', to] }],
      });
      for (let n = 0; n < emits; n++) box.emit(SENT, {});
      await box.shutdown();
      return box.stats();
    };
    const [one, other] = [await boxWith(2, 'mail'), await boxWith(3, 'post')];
    const sum = addStats(one, other);
    const routed = Object.entries(sum.destinations).map(([name, { kind, channels }]) => [
      name,
      kind,
      channels.sink?.routed,
      channels.sink?.delivered,
    ]);
    expect(routed).toEqual(
      expect.arrayContaining([
        ['shared', 'sink', 5, 5],
        ['mail', 'sink', 2, 2],
        ['post', 'sink', 3, 3],
      ]),
    );
    expect(sum.emitted).toBe(5);
    expect(Object.keys(sum)).toEqual(Object.keys(one));
  });
});
