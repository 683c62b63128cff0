import type { Emission, Route, Signalbox } from 'signalbox';
import { createSignalbox, nowhere, when } from 'signalbox';
import { expectTypeOf, test } from 'vitest';
import { IDLE, PAID, STARTED } from './fixtures.js';

const destinations = { alerts: nowhere, audit: (_: Emission): void => {} };

test('createSignalbox() - the box knows the names of its destinations', () => {
  expectTypeOf(createSignalbox()).toEqualTypeOf<Signalbox<'otel'>>();
  expectTypeOf(createSignalbox({ destinations })).toEqualTypeOf<Signalbox<'alerts' | 'audit' | 'otel'>>();
});

test('routes - go to declared destinations and to otel', () => {
  createSignalbox({
    destinations,
    routes: [
      { signals: '*', to: 'otel' },
      { signals: [PAID, IDLE, 'JOB_*'], to: ['alerts', 'audit'] },
    ],
  });
  createSignalbox({ routes: [{ signals: STARTED, to: 'otel' }] });
});

test('routes - a misspelt destination does not compile', () => {
  // @ts-expect-error 'alertz' is no destination
  createSignalbox({ destinations, routes: [{ signals: '*', to: 'alertz' }] });
  // @ts-expect-error nor in a list
  createSignalbox({ destinations, routes: [{ signals: '*', to: ['alerts', 'alertz'] }] });
  // @ts-expect-error nor where there are no destinations
  createSignalbox({ routes: [{ signals: '*', to: 'alerts' }] });
});

test('route() - a misspelt destination does not compile', () => {
  const box = createSignalbox({ destinations });
  expectTypeOf(box.route({ minSeverity: 'error', to: ['alerts', 'otel'] })).toEqualTypeOf<() => void>();
  // @ts-expect-error 'alertz' is no destination
  box.route({ minSeverity: 'error', to: 'alertz' });
});

test('routes - can be kept in another file', () => {
  const routes = [{ signals: PAID, to: 'alerts' }] as const satisfies readonly Route[];
  createSignalbox({ destinations, routes });
  const misspelt = [{ signals: PAID, to: 'alertz' }] as const satisfies readonly Route[];
  // @ts-expect-error 'alertz' is no destination
  createSignalbox({ destinations, routes: misspelt });
});

test('routes - options are checked', () => {
  createSignalbox({
    destinations,
    routes: [
      {
        signals: '*',
        except: ['JOB_*', PAID],
        channels: ['logs', 'metrics'],
        minSeverity: 'warn',
        to: 'otel',
      },
    ],
  });
  // @ts-expect-error 'warning' is no severity
  createSignalbox({ destinations, routes: [{ minSeverity: 'warning', to: 'alerts' }] });
  // @ts-expect-error `chanels` is no option
  createSignalbox({ destinations, routes: [{ signals: '*', to: 'otel', chanels: ['logs'] }] });
  // @ts-expect-error 'spans' is no channel of a route
  createSignalbox({ destinations, routes: [{ signals: '*', to: 'otel', channels: ['spans'] }] });
  // @ts-expect-error a route goes somewhere
  createSignalbox({ destinations, routes: [{ signals: '*' }] });
  // @ts-expect-error conditions belong into `signals`
  createSignalbox({ destinations, routes: [{ signals: '*', except: when(PAID, () => true), to: 'alerts' }] });
});

test('when() - the test gets the values of its signal', () => {
  when(PAID, (values) => {
    expectTypeOf(values.amount).toEqualTypeOf<number>();
    expectTypeOf(values.currency).toEqualTypeOf<'EUR' | 'USD'>();
    expectTypeOf(values.user).toEqualTypeOf<string | undefined>();
    return values.amount > 10_000 && values.currency === 'EUR';
  });
});

test('when() - a wrong property or a wrong answer does not compile', () => {
  // @ts-expect-error `amont` is no field
  when(PAID, (values) => values.amont > 10_000);
  // @ts-expect-error 'GBP' is never a currency
  when(PAID, (values) => values.currency === 'GBP');
  // @ts-expect-error a number is no answer
  when(PAID, (values) => values.amount);
  // @ts-expect-error a signal without fields has no amount
  when(STARTED, (values) => values.amount > 1);
  // @ts-expect-error nobody waits for a promise
  when(PAID, async (values) => values.amount > 1);
  when(PAID, (values) => {
    // @ts-expect-error the values are read, not changed
    values.amount = 1;
    return true;
  });
  // @ts-expect-error a pattern has no values
  when('JOB_*', () => true);
});

test('destinations - what is no destination does not compile', () => {
  // @ts-expect-error a number is no destination
  createSignalbox({ destinations: { alerts: 42 } });
  // @ts-expect-error a sink takes an emission
  createSignalbox({ destinations: { alerts: (text: string): void => console.log(text) } });
  // @ts-expect-error `route` is no option
  createSignalbox({ destinations, route: [] });
});
