import { createSignalbox, defineSignal, field, nowhere, when } from 'signalbox';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSentence } from '../support/misuse.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

const DONE = defineSignal('ROUTED_DONE', { fields: { n: field.int() } });
const FAILED = defineSignal('ROUTED_FAILED', { severity: 'warn', fields: { n: field.int() } });
const OTHER = defineSignal('LONELY_THING');

let diag: string[] = [];
beforeEach(() => {
  diag = recordDiag();
});
afterEach(resetOtel);

/** What `diag` and `describe()` say of patterns. */
const ofPatterns = (said: readonly string[]): string[] => said.filter((text) => text.includes('pattern'));

describe('a pattern that matches nothing', () => {
  test('createSignalbox() - is told once through diag, with what was probably meant', () => {
    createSignalbox({
      destinations: { alerts: nowhere },
      routes: [{ signals: ['*', 'RUOTED_*'], to: 'alerts' }],
    });
    expect(ofPatterns(diag)).toHaveLength(1);
    expect(diag[0]).toMatch(
      /^signalbox: The pattern 'RUOTED_\*' of the route to 'alerts' matches none of the \d+ signals defined so far in this process\. Did you mean 'ROUTED_\*'\?$/,
    );
  });

  test('createSignalbox() - a name without a star that is no signal is one too, and one in `except`', () => {
    createSignalbox({
      destinations: { alerts: nowhere },
      routes: [{ signals: 'ROUTED_DOEN', except: 'LONELEY_*', to: 'alerts' }],
    });
    expect(ofPatterns(diag).map((text) => text.replace(/.*(The pattern '.*?').*?(Did .*)/, '$1 $2'))).toEqual(
      [
        "The pattern 'ROUTED_DOEN' Did you mean 'ROUTED_DONE'?",
        "The pattern 'LONELEY_*' Did you mean 'LONELY_*'?",
      ],
    );
  });

  test('describe() - says so, and no more once the signal is defined or the route is gone', () => {
    const box = createSignalbox({
      destinations: { alerts: nowhere },
      routes: [{ signals: 'DEFINED_LATER_*', to: 'alerts' }],
    });
    const undo = box.route({ signals: 'NEVER_DEFINED', to: 'alerts' });
    const problems = (): string[] => ofPatterns(box.describe().problems);
    expect(problems()).toEqual([
      expect.stringContaining("The pattern 'DEFINED_LATER_*' of the route to 'alerts' matches none"),
      expect.stringContaining("The pattern 'NEVER_DEFINED' of the route to 'alerts' matches none"),
    ]);
    expect(String(box.describe())).toContain("The pattern 'NEVER_DEFINED'");
    undo();
    expect(problems()).toHaveLength(1);
    defineSignal('DEFINED_LATER_AFTER_ALL');
    expect(problems()).toEqual([]);
  });

  test('route() - is told too', () => {
    const box = createSignalbox({ destinations: { alerts: nowhere } });
    expect(ofPatterns(diag)).toEqual([]);
    box.route({ signals: 'RUOTED_*', to: 'alerts' });
    expect(ofPatterns(diag)).toHaveLength(1);
  });

  test('createSignalbox() - where it matches a plain level record, or anything, nothing is told', () => {
    const box = createSignalbox({
      destinations: { alerts: nowhere },
      routes: [{ signals: ['INFO', 'ERR*', '*', 'ROUTED_*'], to: 'alerts' }],
    });
    expect(ofPatterns(diag)).toEqual([]);
    expect(ofPatterns(box.describe().problems)).toEqual([]);
  });

  test('createSignalbox() - throws where the signals were given', () => {
    expectSentence(
      () =>
        createSignalbox({
          destinations: { alerts: nowhere },
          signals: [DONE, FAILED],
          routes: [{ signals: ['ROUTED_*', 'LONELY_*'], to: 'alerts' }],
        }),
      "The pattern 'LONELY_*' of the route to 'alerts' matches none of the 2 signals given in the box's `signals`.",
    );
  });

  test('route() - throws where the signals were given, and changes nothing', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, signals: [DONE], routes: [] });
    expectSentence(
      () => box.route({ signals: ['ROUTED_DONE', 'ROUTED_DOEN'], to: 'seen' }),
      "The pattern 'ROUTED_DOEN' of the route to 'seen' matches none of the 1 signals given in the box's `signals`. Did you mean 'ROUTED_DONE'?",
    );
    box.emit(DONE, { n: 1 });
    expect(seen.emissions()).toEqual([]);
    expect(box.describe().routes).toEqual([]);
  });
});

describe('route()', () => {
  test('route() - applies from now on, and its undo takes it away, once', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [] });
    box.emit(DONE, { n: 1 });
    const first = box.route({ signals: DONE, to: 'seen' });
    const second = box.route({ signals: DONE, to: 'seen' });
    box.emit(DONE, { n: 2 });
    first();
    first();
    box.emit(DONE, { n: 3 });
    second();
    box.emit(DONE, { n: 4 });
    expect(seen.emissions().map((e) => e.fields.n)).toEqual([2, 3]);
    expect(box.stats()).toMatchObject({ emitted: 2, unrouted: 2 });
  });

  test('route() - adds to what holds where no routes were given', () => {
    const [one, two] = [recorder(), recorder()];
    const box = createSignalbox({ destinations: { one, two } });
    const undo = box.route({ minSeverity: 'warn', to: 'one' });
    box.emit(FAILED, { n: 1 });
    undo();
    box.emit(DONE, { n: 2 });
    for (const sink of [one, two]) expect(sink.emissions().map((e) => e.fields.n)).toEqual([1, 2]);
  });

  test('route() - the signals that it names are known from then on: a whole instrument follows', async () => {
    const otel = startOtel();
    const metrics = [{ type: 'counter', name: 'routed.shared' }] as const;
    const A = defineSignal('SHARED_A', { metrics });
    const B = defineSignal('SHARED_B', { metrics });
    const box = createSignalbox({ routes: [] });
    box.emit(A);
    box.route({ signals: B, to: 'otel' });
    box.emit(A);
    expect(await otel.points('routed.shared')).toMatchObject([{ value: 1 }]);
    expect(otel.logs()).toEqual([]);
  });
});

describe('emit() - signals that no route takes', () => {
  test('emit() - counts each, and builds nothing for it', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: FAILED, to: 'seen' }] });
    let read = 0;
    const values = {
      get n() {
        return ++read;
      },
    };
    for (let i = 0; i < 3; i++) box.emit(DONE, values);
    box.emit(OTHER);
    box.info('plain');
    expect(read).toBe(0);
    expect(seen.emissions()).toEqual([]);
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 5, refused: {} });
    expect(box.stats().destinations.seen?.channels.sink?.routed).toBe(0);
  });

  test('emit() - counts one whose condition does not hold, or throws', () => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [
        { signals: when(DONE, ({ n }) => n > 5), to: 'seen' },
        {
          signals: when(FAILED, () => {
            throw new Error('no');
          }),
          to: 'seen',
        },
      ],
    });
    for (const n of [5, 6]) box.emit(DONE, { n });
    box.emit(FAILED, { n: 6 });
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 2, refused: {} });
  });

  test('emit() - counts one below the severity, as given at emit', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ minSeverity: 'warn', to: 'seen' }] });
    box.emit(FAILED, { n: 1 }, { severity: 'info' });
    box.emit(DONE, { n: 2 }, { severity: 'fatal' });
    box.emit(DONE, { n: 3 }, { severity: 'no such severity' as 'info' });
    expect(seen.emissions().map((e) => [e.fields.n, e.severity])).toEqual([[2, 'fatal']]);
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 2 });
  });
});

describe('describe()', () => {
  test('describe() - says each route in a line', () => {
    const PAID = defineSignal('DESCRIBED_PAID', { fields: { user: field.id({ sensitive: true }) } });
    const box = createSignalbox({
      destinations: { alerts: nowhere, audit: nowhere },
      routes: [
        { signals: '*', except: [DONE, 'LONELY_*'], to: ['alerts', 'audit'] },
        { signals: [PAID, when(FAILED, () => true)], minSeverity: 'warn', to: 'audit', reveal: ['user'] },
        { minSeverity: 'error', channels: ['logs', 'metrics'], to: 'otel' },
      ],
    });
    expect(box.describe().routes).toEqual([
      '*; except ROUTED_DONE, LONELY_* → alerts, audit',
      'DESCRIBED_PAID, ROUTED_FAILED when …; at least warn; revealing user → audit',
      '*; at least error; only logs, metrics → otel',
    ]);
  });
});
