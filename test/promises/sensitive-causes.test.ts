import type { SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { fallback, retrying } from 'signalbox/sinks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';

let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

const CARD = '4111111111111111';
const CHARGED = defineSignal('CARD_CHARGED', { fields: { card: field.id({ sensitive: true }) } });

/** Fails with what it was shown. */
const refuse: SinkFunction = async ({ fields }) => {
  throw new Error(`no account for ${fields.card}`);
};

describe('a sink that fails with a value that was revealed to it', () => {
  test.each<[string, SinkFunction]>([
    ['alone', refuse],
    ['behind a retry', retrying(refuse, { attempts: 2, delayMillis: 1 })],
    ['before a fallback that fails too', fallback(refuse, refuse)],
    ['on closing', Object.assign(() => undefined, { close: () => Promise.reject(new Error(CARD)) })],
  ])('%s - diag is told what redactError leaves of it', async (_, sink) => {
    const box = createSignalbox({
      destinations: { sink },
      routes: [{ signals: [CHARGED], to: 'sink', reveal: ['card'] }],
      redactError: (text) => text.replaceAll(CARD, '[card]'),
    });
    box.emit(CHARGED, { card: CARD });
    await box.shutdown();
    expect(told).toEqual([expect.stringContaining('[card]')]);
    expect(told.join()).not.toContain(CARD);
  });
});
