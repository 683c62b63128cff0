import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { wrong } from '../support/misuse.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

const LOADED = defineSignal('CART_LOADED', { severity: 'debug' });
const BILLED = defineSignal('BILLING_CHARGED', {
  fields: { amount: field.number() },
  metrics: [{ type: 'counter', name: 'billing.charged' }],
});
const REFUSED = defineSignal('BILLING_REFUSED', { severity: 'warn' });

const USE = "Use 'trace', 'debug', 'info', 'warn', 'error', 'fatal' or 'off'.";

afterEach(async () => {
  vi.unstubAllEnvs();
  await resetOtel();
});

describe('level', () => {
  test('createSignalbox() - without a level everything leaves', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    box.trace('a');
    box.emit(LOADED);
    expect(box.level).toBe('trace');
    expect(box.describe().levels).toEqual([]);
    expect(box.stats()).toMatchObject({ emitted: 2, silenced: 0 });
  });

  test('level - what is below is in no record, on no span and at no sink, and is counted as silenced alone', () => {
    const otel = startOtel();
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, level: 'warn' });
    const span = trace.getTracer('app').startSpan('work');
    const context = trace.setSpan(ROOT_CONTEXT, span);
    box.emit(LOADED, {}, { context });
    box.info('hello');
    box.emit(REFUSED, {}, { context });
    span.end();
    expect(otel.logs().map(({ eventName }) => eventName)).toEqual(['billing.refused']);
    expect(otel.spans()[0]?.events.map(({ name }) => name)).toEqual(['billing.refused']);
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 0, silenced: 2, refused: {} });
    expect(box.stats().destinations.otel?.channels.logs).toMatchObject({ handedOver: 1, dropped: {} });
  });

  test('level - the metrics of what it silences are recorded all the same', async () => {
    const otel = startOtel();
    const box = createSignalbox({ level: 'error' });
    box.emit(BILLED, { amount: 3 });
    box.emit(BILLED, { amount: 4 });
    expect(await otel.points('billing.charged')).toMatchObject([{ value: 2 }]);
    expect(otel.logs()).toEqual([]);
    expect(box.stats()).toMatchObject({ emitted: 0, silenced: 2, unrouted: 0 });
  });

  test('level - a severity that is given at an emit is what counts', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, level: 'warn' });
    box.emit(LOADED, {}, { severity: 'error' });
    box.emit(REFUSED, {}, { severity: 'info' });
    box.emit(LOADED);
    expect(box.stats()).toMatchObject({ emitted: 1, silenced: 2 });
  });

  test('level - reads no value of what it silences', () => {
    const box = createSignalbox({ destinations: { seen: recorder() } });
    const READ = defineSignal('CART_READ', { fields: { n: field.number() } });
    let reads = 0;
    const values = {
      get n() {
        return reads++;
      },
    };
    box.emit(READ, values);
    expect(reads).toBe(1);
    box.level = 'error';
    for (let i = 0; i < 3; i++) box.emit(READ, values);
    box.emit(READ, values, { message: 'by the longer way' });
    expect(reads).toBe(1);
    expect(box.stats()).toMatchObject({ emitted: 1, silenced: 4 });
  });

  test('level - is set while running, and the next emit goes by it', () => {
    const box = createSignalbox({ destinations: { seen: recorder() }, level: 'info' });
    box.emit(LOADED);
    box.level = 'debug';
    box.emit(LOADED);
    box.level = 'off';
    box.fatal('nobody hears');
    box.emit(LOADED);
    expect(box.level).toBe('off');
    expect(box.describe().levels).toEqual(['* off']);
    expect(box.stats()).toMatchObject({ emitted: 1, silenced: 3 });
  });

  test('setLevel() - is for a pattern, a name or a signal; the most letters decide; its undo puts back what was', () => {
    const box = createSignalbox({ destinations: { seen: recorder() }, level: 'info' });
    const undo = box.setLevel('BILLING_*', 'error');
    box.setLevel(REFUSED, 'warn');
    box.emit(BILLED, { amount: 1 }, { severity: 'warn' });
    box.emit(REFUSED);
    expect(box.stats()).toMatchObject({ emitted: 1, silenced: 1 });
    expect(String(box.describe())).toContain(
      'levels\n  * at least info\n  BILLING_* at least error\n  BILLING_REFUSED at least warn\n',
    );
    undo();
    box.emit(BILLED, { amount: 1 });
    expect(box.stats()).toMatchObject({ emitted: 2, silenced: 1 });
  });

  test('setLevel() - undos come in any order: the level holds that was set last and is not undone', () => {
    const box = createSignalbox({ level: 'info' });
    const [first, second, third] = (['warn', 'error', 'off'] as const).map((level) =>
      box.setLevel('*', level),
    );
    second?.();
    expect(box.level).toBe('off');
    third?.();
    expect(box.level).toBe('warn');
    second?.();
    first?.();
    expect(box.level).toBe('info');
    const [one, other] = [box.setLevel('CART_*', 'debug'), box.setLevel('CART_*', 'off')];
    one();
    other();
    expect(box.describe().levels).toEqual(['* at least info']);
  });

  test('setLevel() - an undo puts a level back where it was: of as many letters the one that was set later decides still', () => {
    const box = createSignalbox({
      destinations: { seen: recorder() },
      level: { 'BIL*': 'trace', '*SED': 'off' },
    });
    box.emit(REFUSED);
    box.setLevel('BIL*', 'warn')();
    box.emit(REFUSED);
    expect(box.stats()).toMatchObject({ emitted: 0, silenced: 2 });
    expect(box.describe().levels).toEqual(['BIL* at least trace', '*SED off']);
  });

  test('setRoutes() - leaves the levels alone, and a route narrows by its own severity further', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, level: 'warn' });
    box.setRoutes([{ minSeverity: 'error', to: 'seen' }]);
    box.emit(LOADED);
    box.emit(REFUSED);
    box.error('it broke');
    expect(box.level).toBe('warn');
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 1, silenced: 1 });
  });

  test('emitDurably() - says that the level silenced it', async () => {
    const box = createSignalbox({ level: 'error' });
    expect(await box.emitDurably(LOADED)).toEqual({ durable: false, by: [], missing: { '*': 'silenced' } });
    expect(await box.emitDurably(BILLED, { amount: 1 })).toMatchObject({ missing: { '*': 'silenced' } });
  });

  test('shutdown() - what was silenced is no loss', async () => {
    const box = createSignalbox({ destinations: { seen: recorder() }, level: 'error' });
    box.emit(LOADED);
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
  });

  test('stats() - the metrics of the box tell what was silenced, by that reason', async () => {
    const otel = startOtel();
    const box = createSignalbox({ level: 'error' });
    box.emit(LOADED);
    const points = await otel.points('signalbox.items');
    expect(points.filter(({ labels }) => labels['signalbox.drop.reason'] === 'silenced')).toMatchObject([
      { value: 1, labels: { 'signalbox.outcome': 'dropped' } },
    ]);
  });
});

describe('SIGNALBOX_LEVEL', () => {
  test('SIGNALBOX_LEVEL - sets levels for all and by pattern, where the options say none for that pattern', () => {
    vi.stubEnv('SIGNALBOX_LEVEL', ' WARN, BILLING_*=debug ,CART_*=off');
    expect(createSignalbox().describe().levels).toEqual([
      '* at least warn',
      'BILLING_* at least debug',
      'CART_* off',
    ]);
    const box = createSignalbox({ level: { 'BILLING_*': 'error' } });
    expect(box.level).toBe('warn');
    expect(box.describe().levels).toContain('BILLING_* at least error');
  });

  test('SIGNALBOX_LEVEL - what is no level is told and is as if it was not there', () => {
    vi.stubEnv('SIGNALBOX_LEVEL', 'verbose');
    const told = recordDiag();
    expect(createSignalbox().level).toBe('trace');
    expect(told).toEqual([`signalbox: SIGNALBOX_LEVEL: \`*\` is 'verbose'. ${USE}`]);
  });

  test('SIGNALBOX_LEVEL - each part that is no level is told', () => {
    vi.stubEnv('SIGNALBOX_LEVEL', 'BILL_*=debgu,JOB_*=inof');
    const told = recordDiag();
    createSignalbox();
    expect(told).toEqual([
      `signalbox: SIGNALBOX_LEVEL: \`BILL_*\` is 'debgu'. ${USE}`,
      `signalbox: SIGNALBOX_LEVEL: \`JOB_*\` is 'inof'. ${USE}`,
    ]);
  });

  test('SIGNALBOX_LEVEL - a part with two signs, without a level or without a pattern is told and sets nothing', () => {
    vi.stubEnv('SIGNALBOX_LEVEL', 'CART_*=BILLING_*=info, JOB_*= , =warn, debug');
    const told = recordDiag();
    expect(createSignalbox().describe().levels).toEqual(['* at least debug']);
    const not = (part: string): string =>
      `signalbox: SIGNALBOX_LEVEL: '${part}' is neither a level nor a pattern with its level. Use 'info', or 'JOB_*=warn'.`;
    expect(told).toEqual([
      not('CART_*=BILLING_*=info'),
      `signalbox: SIGNALBOX_LEVEL: \`JOB_*\` is ''. ${USE}`,
      not('=warn'),
    ]);
  });

  test('SIGNALBOX_LEVEL - an empty one is none', () => {
    vi.stubEnv('SIGNALBOX_LEVEL', ' , ');
    expect(createSignalbox().describe().levels).toEqual([]);
  });
});

describe('a wrong level', () => {
  test('createSignalbox() - refuses what is no level, of all and of a pattern', () => {
    expect(() => createSignalbox({ level: wrong('verbose') })).toThrow(
      `createSignalbox: \`level\` is 'verbose'. ${USE}`,
    );
    expect(() => createSignalbox({ level: { 'JOB_*': wrong(3) } })).toThrow(
      `createSignalbox, in \`level\`: \`JOB_*\` is 3. ${USE}`,
    );
    expect(() => createSignalbox({ level: wrong([]) })).toThrow(
      `createSignalbox: \`level\` is a list of 0. ${USE}`,
    );
  });

  test('box.level - refuses what is no level, and stays as it was', () => {
    const box = createSignalbox({ level: 'info' });
    expect(() => {
      box.level = wrong('loud');
    }).toThrow(`box.level: \`level\` is 'loud'. ${USE}`);
    expect(box.level).toBe('info');
  });

  test('setLevel() - refuses what is no signal and no pattern, and what is no level', () => {
    const box = createSignalbox();
    expect(() => box.setLevel(wrong(undefined), 'info')).toThrow(
      "setLevel: the signals are undefined. Give a signal, or a name pattern, as in 'JOB_*'.",
    );
    function billing(): void {}
    for (const named of [billing, { name: 'BILLING_*' }, ['BILLING_*']])
      expect(() => box.setLevel(wrong(named), 'off')).toThrow('Give a signal, or a name pattern');
    expect(() => box.setLevel('*', wrong('no'))).toThrow(`setLevel: \`level\` is 'no'. ${USE}`);
  });

  test('setLevel() - a pattern that takes no signal is told, with the one that was meant', () => {
    const told = recordDiag();
    const box = createSignalbox();
    box.setLevel('billing.*', 'warn');
    const sentence = expect.stringMatching(
      /The pattern 'billing\.\*' of a level matches none of the \d+ signals defined so far in this process\. Did you mean 'BILLING_\*'\?$/,
    );
    expect(told).toEqual([sentence]);
    expect(box.describe().problems).toContainEqual(sentence);
  });
});
