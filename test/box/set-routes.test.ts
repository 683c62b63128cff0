import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeptLogs, KeptMetrics } from '../sdk/helpers.js';
import { expectSentence, wrong } from '../support/misuse.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

const PAID = defineSignal('SET_PAID', {
  fields: { user: field.id({ sensitive: true }), amount: field.number() },
});
const SENT = defineSignal('SET_SENT', { severity: 'warn' });

let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

const PAYMENT = { user: 'u-1', amount: 5 };

describe('setRoutes()', () => {
  test('setRoutes() - replaces the routes of the construction, and those that were set, as a whole', () => {
    const [one, two] = [recorder(), recorder()];
    const box = createSignalbox({ destinations: { one, two }, routes: [{ signals: '*', to: 'one' }] });
    box.emit(SENT);
    box.setRoutes(JSON.parse('[{ "signals": "SET_*", "to": ["two"], "reveal": ["user"] }]'));
    box.emit(PAID, PAYMENT);
    expect(box.describe().routes).toEqual(['SET_*; revealing user → two']);
    box.setRoutes([]);
    box.emit(PAID, PAYMENT);
    expect(one.emissions().map((e) => e.signal)).toEqual(['SET_SENT']);
    expect(two.emissions().map((e) => e.fields)).toEqual([PAYMENT]);
    expect(box.stats()).toMatchObject({ emitted: 2, unrouted: 1 });
  });

  test('setRoutes() - replaces what holds where no routes were given', () => {
    const one = recorder();
    const box = createSignalbox({ destinations: { one } });
    box.setRoutes([{ minSeverity: 'warn', to: 'one' }]);
    box.emit(PAID, PAYMENT);
    box.emit(SENT);
    expect(one.emissions().map((e) => e.signal)).toEqual(['SET_SENT']);
  });

  test('setRoutes() - leaves alone what route() added, conditions among it, until its own undo', () => {
    const one = recorder();
    const box = createSignalbox({ destinations: { one }, routes: [] });
    const undo = box.route({ signals: when(PAID, ({ amount }) => amount > 3), to: 'one' });
    box.setRoutes([{ signals: 'SET_SENT', to: 'one' }]);
    for (const amount of [1, 5]) box.emit(PAID, { user: 'u', amount });
    box.emit(SENT);
    undo();
    box.emit(PAID, PAYMENT);
    box.emit(SENT);
    expect(one.emissions().map((e) => e.signal)).toEqual(['SET_PAID', 'SET_SENT', 'SET_SENT']);
  });

  test('setRoutes() - its undo puts back what it replaced; undos come in any order, and none puts back what was undone', () => {
    const box = createSignalbox({ routes: [{ signals: '*', to: 'otel' }] });
    const first = box.setRoutes([{ signals: 'SET_SENT', to: 'otel' }]);
    const second = box.setRoutes([{ signals: 'SET_PAID', to: 'otel' }]);
    first();
    expect(box.describe().routes).toEqual(['SET_PAID → otel']);
    second();
    expect(box.describe().routes).toEqual(['* → otel']);
    const third = box.setRoutes([{ signals: 'SET_SENT', to: 'otel' }]);
    const fourth = box.setRoutes([]);
    fourth();
    second();
    expect(box.describe().routes).toEqual(['SET_SENT → otel']);
    third();
    expect(box.describe().routes).toEqual(['* → otel']);
  });

  test('setRoutes() - a list that the app changes afterwards changes no route', () => {
    const [one, two] = [recorder(), recorder()];
    const box = createSignalbox({ destinations: { one, two }, routes: [] });
    const data = [{ signals: ['SET_PAID'], to: ['one'], reveal: [] as string[] }];
    box.setRoutes(data);
    data[0]?.to.push('two');
    data[0]?.reveal.push('user');
    data[0]?.signals.push('SET_SENT');
    data.push({ signals: ['*'], to: ['two'], reveal: [] });
    box.emit(PAID, PAYMENT);
    box.emit(SENT);
    expect(one.emissions().map((e) => e.fields)).toEqual([{ ...PAYMENT, user: '[redacted]' }]);
    expect(two.emissions()).toEqual([]);
  });

  test('setRoutes() - a name that no signal has is told, and is a problem until it is defined', () => {
    const box = createSignalbox();
    box.setRoutes([{ signals: ['SET_*', 'SET_DEFINED_LATER_ON'], to: 'otel' }]);
    const about = "The pattern 'SET_DEFINED_LATER_ON' of the route to 'otel' matches none of";
    expect(told.filter((line) => line.includes('pattern'))).toEqual([expect.stringContaining(about)]);
    const patterns = (): string[] => box.describe().problems.filter((text) => text.includes('pattern'));
    expect(patterns()).toEqual([expect.stringContaining(about)]);
    defineSignal('SET_DEFINED_LATER_ON');
    expect(patterns()).toEqual([]);
  });

  test('setRoutes() - where the signals were given, such a name is refused, and nothing changes', () => {
    const box = createSignalbox({ signals: [PAID] });
    expectSentence(
      () => box.setRoutes([{ signals: 'SET_PIAD', to: 'otel' }]),
      "The pattern 'SET_PIAD' of the route to 'otel' matches none of the 1 signals given in the box's `signals`. Did you mean 'SET_PAID'?",
    );
    expect(box.describe().routes).toEqual(['* → otel']);
  });

  const END = 'There are: otel, console, audit.';
  const GIVE =
    "Give the name of a signal or a name pattern such as 'JOB_*': a condition is a function, and is added by box.route().";
  test.each<[string, unknown, string]>([
    [
      'no list',
      { signals: '*', to: 'otel' },
      ': the routes are a value of type object. Give a list, as in [{ "signals": "*", "to": "otel" }].',
    ],
    [
      'no route',
      ['*'],
      ", at routes[0]: A route is '*'. Give an object, as in { signals: 'JOB_*', to: 'otel' }.",
    ],
    [
      'a misspelt destination',
      [
        { signals: '*', to: 'otel' },
        { signals: 'A', to: 'otel' },
        { signals: '*', to: 'conosle' },
      ],
      `, at routes[2].to: A route goes to 'conosle', which is no destination. Did you mean 'console'? ${END}`,
    ],
    [
      'one among others',
      [{ signals: '*', to: ['otel', 'odit'] }],
      `, at routes[0].to[1]: A route goes to 'odit', which is no destination. Did you mean 'audit'? ${END}`,
    ],
    [
      'no destination',
      [{ signals: '*' }],
      ', at routes[0].to: A route goes nowhere. Give `to`: one or more names of destinations.',
    ],
    [
      'a misspelt part',
      [{ signal: '*', to: 'otel' }],
      ", at routes[0]: A route: there is no option 'signal'. Did you mean 'signals'? There are `signals`, `minSeverity`, `except`, `channels`, `to`, `reveal`.",
    ],
    [
      'no signals',
      [{ to: 'otel' }],
      ", at routes[0]: The route to 'otel' names no signals. Give `signals` ('*' for all) or `minSeverity`.",
    ],
    [
      'an empty list of signals',
      [{ signals: [], to: 'otel' }],
      ", at routes[0].signals: The route to 'otel' has an empty list of signals. Give signals, or leave the route out.",
    ],
    [
      'a signal that is no name',
      [{ signals: ['A', 5], to: 'otel' }],
      `, at routes[0].signals[1]: The route to 'otel' names 5. ${GIVE}`,
    ],
    [
      'a signal in place of its name',
      [{ signals: PAID, to: 'otel' }],
      `, at routes[0].signals: The route to 'otel' names a value of type object. ${GIVE}`,
    ],
    [
      'a condition',
      [{ signals: [when(PAID, () => true)], to: 'otel' }],
      `, at routes[0].signals[0]: The route to 'otel' names a value of type object. ${GIVE}`,
    ],
    [
      'an exception that is none',
      [{ signals: '*', except: [null], to: 'otel' }],
      `, at routes[0].except[0]: The route to 'otel', in \`except\`, names null. ${GIVE}`,
    ],
    [
      'a severity that is none',
      [{ minSeverity: 'warning', to: 'otel' }],
      ", at routes[0].minSeverity: The route to 'otel' has the minSeverity 'warning'. Use one of trace, debug, info, warn, error, fatal.",
    ],
    [
      'a channel that is none',
      [{ signals: '*', channels: ['logs', 'spans'], to: 'otel' }],
      ", at routes[0].channels[1]: The route to 'otel' is narrowed to the channel 'spans'. Channels are logs, spanEvents, metrics.",
    ],
    [
      'no channel',
      [{ signals: '*', channels: [], to: 'otel' }],
      ", at routes[0].channels: The route to 'otel' is narrowed to no channel at all. Leave `channels` out for all.",
    ],
    [
      'channels of a sink',
      [{ signals: '*', channels: 'logs', to: 'audit' }],
      ", at routes[0].channels: The route to 'audit' has `channels`, but 'audit' is a sink: it takes whole emissions. Route it in a route of its own.",
    ],
    [
      'what is no name of a field',
      [{ signals: '*', reveal: 'a b', to: 'audit' }],
      ", at routes[0].reveal: The route to 'audit' reveals 'a b'. Give names of sensitive fields, as in ['user'].",
    ],
    [
      'what a known signal has not, or not sensitive',
      [{ signals: 'SET_PAID', reveal: ['user', 'amount'], to: 'audit' }],
      ", at routes[0].reveal[1]: The route to 'audit' reveals 'amount', which is no sensitive field of its signals. Sensitive there: user. Declare a bound field, by bound(), before its route.",
    ],
    [
      'a name of every object',
      [JSON.parse('{ "__proto__": 1, "signals": "*", "to": "otel" }')],
      ", at routes[0]: A route: there is no option '__proto__'. There are `signals`, `minSeverity`, `except`, `channels`, `to`, `reveal`.",
    ],
  ])('setRoutes() - refuses %s, says which, and changes nothing', (_, routes, sentence) => {
    const box = createSignalbox({ destinations: { console: () => {}, audit: () => {} } });
    box.emit(PAID, PAYMENT);
    const before = box.describe().routes;
    const lines = told.length;
    expectSentence(() => box.setRoutes(wrong(routes)), `setRoutes${sentence}`);
    expect(box.describe().routes).toEqual(before);
    expect(told.length).toBe(lines);
  });

  test('setRoutes() - what is emitted before goes by the old routes, also where it is flushed after', async () => {
    const [old, fresh] = [new KeptLogs(), new KeptLogs()];
    const destinations = { old: exporters({ logs: old }), fresh: exporters({ logs: fresh }) };
    const box = createSignalbox({ destinations, routes: [{ signals: '*', to: 'old' }] });
    for (let i = 0; i < 100; i++) {
      box.emit(SENT);
      if (i === 49) box.setRoutes([{ signals: '*', to: 'fresh' }]);
    }
    await box.shutdown();
    expect([old.records.length, fresh.records.length]).toEqual([50, 50]);
  });
});

describe('an emit within which routes are set', () => {
  test.each(['a condition', 'a getter', 'a message function', 'a policy', 'a sink'])(
    '%s - goes by the routes before, in all its channels, or by those after',
    async (who) => {
      const otel = startOtel();
      const [one, two] = [recorder(), recorder()];
      let undo: (() => void) | undefined;
      const set = (): void => {
        // A nested emit has everything worked out anew.
        if (undo) return;
        undo = box.setRoutes([
          { signals: 'SET_TORN', to: 'two' },
          { signals: 'SET_TORN', channels: 'metrics', to: 'own' },
        ]);
        box.emit(TORN, { n: 0, text: 'inner' });
      };
      const TORN = defineSignal('SET_TORN', {
        fields: {
          n: field.int(),
          text: field.text({
            sensitive: (text) => {
              if (who === 'a policy') set();
              return text;
            },
          }),
        },
        message: () => {
          if (who === 'a message function') set();
          return 'torn';
        },
        metrics: [{ type: 'counter', name: 'set.torn' }],
      });
      const metrics = new KeptMetrics();
      const box = createSignalbox({
        destinations: {
          one,
          two,
          own: exporters({ metrics }),
          caller: () => void (who === 'a sink' && set()),
        },
        routes: [{ signals: TORN, to: ['one', 'otel', 'own', 'caller'] }],
      });
      if (who === 'a condition')
        box.route({
          signals: when(TORN, () => {
            set();
            return false;
          }),
          to: 'one',
        });
      box.emit(TORN, {
        get n() {
          if (who === 'a getter') set();
          return 1;
        },
        text: 'outer',
      });
      await box.forceFlush();
      await box.shutdown();
      const texts = (emissions: readonly { fields: object }[]): unknown[] =>
        emissions.map(({ fields }) => (fields as { text: string }).text);
      expect(texts(one.emissions())).toEqual(['outer']);
      expect(texts(two.emissions())).toEqual(['inner']);
      expect(otel.logs('set.torn').map(({ attributes }) => attributes.text)).toEqual(['outer']);
      expect(await otel.points('set.torn')).toMatchObject([{ value: 1 }]);
      expect(metrics.total('set.torn', 'last')).toEqual({ '': 2 });
    },
  );
});
