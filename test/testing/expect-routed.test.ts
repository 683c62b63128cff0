import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { expectRouted } from 'signalbox/testing';
import { describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';

const PAID = defineSignal('ROUTED_PAID', {
  fields: { amount: field.number() },
  metrics: [{ type: 'counter', name: 'routed.paid' }],
});
const LOST = defineSignal('ROUTED_LOST', { severity: 'error' });
const SEEN = defineSignal('ROUTED_SEEN');
const signals = [PAID, LOST, SEEN];
const destinations = { alerts: () => undefined, audit: () => undefined };

describe('expectRouted()', () => {
  test('expectRouted() - passes where every declared signal reaches a destination', () => {
    expectRouted({ signals });
    expectRouted({ signals, destinations });
    expectRouted({ signals, destinations, routes: [{ signals: 'ROUTED_*', to: 'audit' }] });
    expectRouted({
      signals: [PAID, LOST],
      destinations,
      routes: [
        { minSeverity: 'error', to: 'alerts' },
        { signals: when(PAID, ({ amount }) => amount > 10_000), to: 'alerts' },
      ],
    });
  });

  test('expectRouted() - names each signal that reaches none, and why', () => {
    const routes = [
      { signals: '*', minSeverity: 'warn', to: 'alerts' },
      { signals: [PAID, SEEN], except: 'ROUTED_P*', minSeverity: 'fatal', to: 'audit' },
    ] as const;
    expect(() => expectRouted({ signals, destinations, routes })).toThrow(
      new Error(
        '2 of 3 signals reach no destination:\n' +
          '  ROUTED_PAID (info): it is taken from severity warn on\n' +
          '  ROUTED_SEEN (info): it is taken from severity warn on',
      ),
    );
    expect(() =>
      expectRouted({ signals, destinations, routes: [{ signals: '*', except: [PAID], to: 'audit' }] }),
    ).toThrow(
      "1 of 3 signals reach no destination:\n  ROUTED_PAID (info): it is excepted from the route to 'audit'",
    );
    expect(() => expectRouted({ signals, destinations, routes: [{ signals: LOST, to: 'audit' }] })).toThrow(
      '  ROUTED_SEEN (info): no route takes it',
    );
    expect(() => expectRouted({ signals, routes: [] })).toThrow('3 of 3 signals reach no destination');
  });

  test('expectRouted() - expects signals at the destinations that are named', () => {
    const options = {
      signals,
      destinations,
      routes: [
        { signals: '*', to: 'audit' },
        { minSeverity: 'error', to: 'alerts' },
      ],
    } as const;
    expectRouted(options, { to: 'audit' });
    expectRouted(options, { signals: [LOST], to: ['audit', 'alerts'] });
    expect(() => expectRouted(options, { signals: [LOST, SEEN], to: ['audit', 'alerts'] })).toThrow(
      new Error(
        "1 of 2 signals reach not 'audit' and 'alerts':\n  ROUTED_SEEN (info): it is taken from severity error on",
      ),
    );
    expect(() => expectRouted(options, { to: 'otel' })).toThrow(
      "ROUTED_PAID (info): no route takes it to 'otel'",
    );
  });

  test('expectRouted() - a signal arrives where its metrics alone do', () => {
    const routes = [{ signals: '*', to: 'otel', channels: ['metrics'] }] as const;
    expectRouted({ signals: [PAID], routes });
    expect(() => expectRouted({ signals: [SEEN], routes })).toThrow(
      "the route to 'otel' is narrowed to metrics, and it has none",
    );
  });

  test('expectRouted() - knows the route that a box without routes has', () => {
    const backend = exporters({ metrics: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE) });
    const options = { signals: [PAID], destinations: { backend } };
    expectRouted(options, { to: 'backend' });
    expect(() => expectRouted(options, { to: 'otel' })).toThrow("no route takes it to 'otel'");
    const box = createSignalbox(options);
    box.emit(PAID, { amount: 1 });
    expect(box.stats().destinations.otel?.channels.metrics?.routed).toBe(0);
    expectRouted({ signals: [PAID], destinations }, { to: ['alerts', 'audit', 'otel'] });
  });

  test('expectRouted() - names signals that a level silences', () => {
    expect(() => expectRouted({ signals: [LOST, SEEN], destinations, level: 'error' })).toThrow(
      new Error(
        "1 of 2 signals reach no destination:\n  ROUTED_SEEN (info): its level, 'error', silences it",
      ),
    );
    expect(() =>
      expectRouted({ signals, destinations, level: { '*': 'trace', ROUTED_LOST: 'off' } }),
    ).toThrow(
      new Error("1 of 3 signals reach no destination:\n  ROUTED_LOST (error): its level, 'off', silences it"),
    );
    expectRouted({ signals, destinations, level: { '*': 'off', 'ROUTED_*': 'info' } });
  });

  test('expectRouted() - metrics arrive whatever the level, and nothing else does', () => {
    const options = { signals: [PAID], destinations, level: { ROUTED_PAID: 'off' } } as const;
    expectRouted(options);
    expectRouted(options, { to: 'otel' });
    expect(() => expectRouted(options, { to: 'alerts' })).toThrow(
      "1 of 1 signals reach not 'alerts':\n  ROUTED_PAID (info): its level, 'off', silences it",
    );
  });

  test('expectRouted() - names the severity that both the route and the level let through', () => {
    expect(() =>
      expectRouted({
        signals: [SEEN],
        destinations,
        level: 'info',
        routes: [{ minSeverity: 'warn', to: 'audit' }],
      }),
    ).toThrow('ROUTED_SEEN (info): it is taken from severity warn on');
  });

  test('expectRouted() - refuses what it can not look at', () => {
    expectSentence(
      () => expectRouted({}),
      'expectRouted: `signals` is undefined. Give the signals that have to arrive, as in { signals: [PAID] }.',
    );
    expectSentence(
      () => expectRouted({ signals: [] }),
      'expectRouted: `signals` is a list of 0. Give the signals that have to arrive, as in { signals: [PAID] }.',
    );
    expectSentence(
      () => expectRouted({ signals: [wrong('PAID')] }),
      "expectRouted: `signals` holds 'PAID'. Give signals made by defineSignal.",
    );
    expectSentence(
      () => expectRouted({ signals, destinations }, { to: 'alert' }),
      "expectRouted: there is no destination 'alert'. Did you mean 'alerts'? Destinations: otel, alerts, audit.",
    );
    expectSentence(
      () => expectRouted({ signals }, wrong({ signal: PAID })),
      "expectRouted: there is no option 'signal'. Did you mean 'signals'? There are `signals`, `to`.",
    );
    expectSentence(
      () => expectRouted({ signals, level: wrong('loud') }),
      "expectRouted: `level` is 'loud'. Use 'trace', 'debug', 'info', 'warn', 'error', 'fatal' or 'off'.",
    );
    expect(() => expectRouted({ signals, destinations, routes: [{ signals: PAID, to: 'adit' }] })).toThrow(
      "Did you mean 'audit'?",
    );
  });
});
