import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Destination } from 'signalbox';
import { createSignalbox, defineSignal, field, nowhere, when } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { sink } from 'signalbox/sinks';
import { describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';

const PAID = defineSignal('MISUSE_PAID', {
  fields: { user: field.id({ sensitive: true }), amount: field.number() },
});
const PAID_IN_CENTS = defineSignal('MISUSE_PAID', { fields: { amount: field.int() } });
const TWICE =
  "The signal 'MISUSE_PAID' is defined twice with different fields, severity, event name or metrics. Define it once and import it, or give one of them another name.";
const destinations = { alerts: nowhere, audit: nowhere };
const routed = (route: unknown) => () => createSignalbox({ destinations, routes: [wrong(route)] });

// What the issue says must be told, each sentence read aloud.
describe('createSignalbox() - what must be told', () => {
  test('the same name with another shape', () => {
    expectSentence(() => createSignalbox({ signals: [PAID, PAID_IN_CENTS] }), TWICE);
    expectSentence(routed({ signals: [PAID, PAID_IN_CENTS], to: 'alerts' }), TWICE);
    expectSentence(routed({ signals: PAID, except: PAID_IN_CENTS, to: 'alerts' }), TWICE);
    expectSentence(routed({ signals: [PAID, when(PAID_IN_CENTS, () => true)], to: 'alerts' }), TWICE);
  });

  test('the name of a plain level record', () => {
    expectSentence(
      () => defineSignal('INFO'),
      "defineSignal: the name 'INFO' is reserved for plain level records. Call box.info(…), or give the signal another name, as in 'JOB_COMPLETED'.",
    );
  });

  test('the measure of a sensitive field', () => {
    expectSentence(
      () =>
        defineSignal('MISUSE_RAISED', {
          fields: { salary: field.number({ sensitive: true }) },
          metrics: [{ type: 'gauge', name: 'salary.last', of: wrong('salary') }],
        }),
      "defineSignal('MISUSE_RAISED'): metric 'salary.last': `of` names 'salary', which is sensitive. Its points would carry the value to every backend: measure a field that is not sensitive.",
    );
  });

  test('a field that is sensitive in words', () => {
    expectSentence(
      () => defineSignal('MISUSE_RAISED', { fields: { salary: field.number({ sensitive: wrong('true') }) } }),
      "defineSignal('MISUSE_RAISED'): field 'salary': `sensitive` is 'true'. Use true, false, or a policy, as those of signalbox/redaction.",
    );
  });

  test('the same metric with another shape', () => {
    const A = defineSignal('MISUSE_A', { metrics: [{ type: 'counter', name: 'misuse.n', unit: '{a}' }] });
    const B = defineSignal('MISUSE_B', { metrics: [{ type: 'counter', name: 'misuse.n', unit: '{b}' }] });
    expectSentence(
      () => createSignalbox({ signals: [A, B] }),
      "The signals 'MISUSE_A' and 'MISUSE_B' declare the metric 'misuse.n' differently (type, unit or buckets). Give them the same, or two names.",
    );
  });

  test('a route to an unknown destination', () => {
    expectSentence(
      routed({ signals: '*', to: 'alertz' }),
      "A route goes to 'alertz', which is no destination. Did you mean 'alerts'? There are: otel, alerts, audit.",
    );
    expectSentence(
      routed({ signals: '*', to: ['alerts', 'database'] }),
      "A route goes to 'database', which is no destination. There are: otel, alerts, audit.",
    );
    expectSentence(
      routed({ signals: '*', to: nowhere }),
      'A route goes to a value of type object, which is no destination. There are: otel, alerts, audit.',
    );
  });

  test('`by` on a field that is not there', () => {
    expectSentence(
      () =>
        defineSignal('MISUSE_SENT', {
          fields: { template: field.string() },
          metrics: [{ type: 'counter', name: 'misuse.sent', by: [wrong('templat')] }],
        }),
      "defineSignal('MISUSE_SENT'): metric 'misuse.sent': `by` names 'templat', which is no field of the signal. Did you mean 'template'? Its fields: template.",
    );
  });

  test('a negative capacity', () => {
    expectSentence(
      () => createSignalbox({ destinations: { alerts: sink(() => {}, { capacity: -1 }) } }),
      'sink: `capacity` is -1. Give a whole number from 1.',
    );
    expectSentence(
      () => createJobs(createSignalbox()).queue('misuse', { capacity: -1 }),
      "queue 'misuse': `capacity` is -1. Give a whole number from 1.",
    );
  });

  test('an invalid metric name', () => {
    expectSentence(
      () => defineSignal('MISUSE_SENT', { metrics: [{ type: 'counter', name: 'mails sent' }] }),
      "defineSignal('MISUSE_SENT'): 'mails sent' is not a metric's name. Start with a letter; use letters, digits, '_', '.', '-', '/', at most 255.",
    );
  });

  test('a pattern that matches nothing', () => {
    expectSentence(
      () =>
        createSignalbox({ destinations, signals: [PAID], routes: [{ signals: 'MISSUE_*', to: 'alerts' }] }),
      "The pattern 'MISSUE_*' of the route to 'alerts' matches none of the 1 signals given in the box's `signals`. Did you mean 'MISUSE_*'?",
    );
  });
});

describe('createSignalbox() - options', () => {
  const box = (options: unknown) => () => createSignalbox(wrong(options));

  test.each<readonly [string, unknown, string]>([
    ['null', null, 'the options are null. Give an object, as in { destinations: … }.'],
    ['text', 'otel', "the options are 'otel'. Give an object, as in { destinations: … }."],
    [
      'a list of destinations',
      { destinations: [nowhere] },
      '`destinations` is a list of 1. Give an object of destinations by name, as in { alerts: sink(…) }.',
    ],
    [
      'a destination called otel',
      { destinations: { otel: nowhere } },
      "the destination name 'otel' is reserved for the app's own OpenTelemetry. Choose another name.",
    ],
    [
      'a destination with an odd name',
      { destinations: { 'my alerts': nowhere } },
      "'my alerts' is not a destination's name. Start with a letter; use letters, digits, '_' and '-', at most 64.",
    ],
    [
      'a destination that is undefined',
      { destinations: { alerts: undefined } },
      "the destination 'alerts' is undefined. Give a function, or what sink(), consoleSink() and the like return.",
    ],
    [
      'a destination that takes nothing',
      { destinations: { alerts: { connect: () => ({}) } } },
      "the destination 'alerts' is a value of type object. Give a function, or what sink(), consoleSink() and the like return.",
    ],
    [
      'a metric reader as a destination',
      { destinations: { prometheus: new PrometheusExporter({ preventServerStart: true }) } },
      "the destination 'prometheus' is a metric reader, which collects from an SDK. Give it to the app's SDK (`metricReaders`), and route signals to 'otel' for it.",
    ],
    [
      'an exporter as a destination',
      { destinations: { traces: new InMemorySpanExporter() } },
      "the destination 'traces' is an exporter. Give it to exporters() of signalbox/sdk, by what it exports.",
    ],
    [
      'a processor as a destination',
      { destinations: { traces: new SimpleSpanProcessor(new InMemorySpanExporter()) } },
      "the destination 'traces' is a processor, which belongs to the app's SDK. Give it to that, or its exporter to exporters() of signalbox/sdk.",
    ],
    [
      'one route in place of a list',
      { routes: { signals: '*', to: 'otel' } },
      '`routes` is a value of type object. Give a list, or leave it out.',
    ],
    [
      'one signal in place of a list',
      { signals: PAID },
      '`signals` is a value of type object. Give a list, or leave it out.',
    ],
    [
      'names in place of signals',
      { signals: ['MISUSE_PAID'] },
      "`signals` holds 'MISUSE_PAID'. Give signals made by defineSignal.",
    ],
    [
      'an unknown way to put signals on spans',
      { spanEvents: 'on' },
      "`spanEvents` is 'on'. Use 'direct', 'bridge' or 'off'.",
    ],
    [
      'a redactText that is no function',
      { redactText: true },
      'redactText is true. Give a function of the text that returns text, or leave it out.',
    ],
    [
      'a redact that is no function',
      { redact: ['password'] },
      'redact is a list of 1. Give a function of a name and a value, as redactPaths([…]), or leave it out.',
    ],
    [
      'redactText by its name of before',
      { redactError: (text: string) => text },
      "there is no option 'redactError': it is called `redactText` now.",
    ],
    [
      'a string length of 0',
      { limits: { stringLength: 0 } },
      '`limits.stringLength` is 0. Give a whole number from 1.',
    ],
    [
      'a string length that is not whole',
      { limits: { stringLength: 1.5 } },
      '`limits.stringLength` is 1.5. Give a whole number from 1.',
    ],
    [
      'a negative depth',
      { limits: { emitDepth: -1 } },
      '`limits.emitDepth` is -1. Give a whole number from 1.',
    ],
    [
      'a misspelt default',
      { otherTelemetry: 'otle' },
      "`otherTelemetry` is 'otle', which is no destination. Use one of otel. Did you mean 'otel'?",
    ],
    [
      'a default that is a sink',
      { destinations, otherTelemetry: 'alerts' },
      "`otherTelemetry` is 'alerts', which is a sink: it takes signals only. Use one of otel.",
    ],
  ])('createSignalbox() - %s', (_what, options, sentence) => {
    expectSentence(box(options), `createSignalbox: ${sentence}`);
  });

  test('createSignalbox() - a box that can not be made opens no destination', () => {
    let connected = 0;
    const counting: Destination = {
      ...nowhere,
      connect: (connection) => {
        connected++;
        return nowhere.connect(connection);
      },
    };
    const routes = [{ signals: [PAID, PAID_IN_CENTS], to: 'counting' as const }];
    expectSentence(() => createSignalbox({ destinations: { counting }, routes }), TWICE);
    expect(connected).toBe(0);
    createSignalbox({ destinations: { counting } });
    expect(connected).toBe(1);
  });
});

const ROUTES: readonly (readonly [string, unknown, string])[] = [
  ['no route', undefined, "A route is undefined. Give an object, as in { signals: 'JOB_*', to: 'otel' }."],
  ['text', 'JOB_*', "A route is 'JOB_*'. Give an object, as in { signals: 'JOB_*', to: 'otel' }."],
  ['no destination', { signals: '*' }, 'A route goes nowhere. Give `to`: one or more names of destinations.'],
  [
    'an empty list of destinations',
    { signals: '*', to: [] },
    'A route goes nowhere. Give `to`: one or more names of destinations.',
  ],
  [
    'no signals',
    { to: 'alerts' },
    "The route to 'alerts' names no signals. Give `signals` ('*' for all) or `minSeverity`.",
  ],
  [
    'an empty list of signals',
    { signals: [], minSeverity: 'error', to: ['alerts', 'audit'] },
    "The route to 'alerts', 'audit' has an empty list of signals. Give signals, or leave the route out.",
  ],
  [
    'an empty pattern',
    { signals: '', to: 'alerts' },
    "The route to 'alerts' names ''. Give a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test).",
  ],
  [
    'what is no signal',
    { signals: [PAID, undefined], to: 'alerts' },
    "The route to 'alerts' names undefined. Give a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test).",
  ],
  [
    'a condition made by hand on a name',
    { signals: { signal: 'PAID', test: () => true }, to: 'alerts' },
    "The route to 'alerts' names a value of type object. Give a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test).",
  ],
  [
    'an unknown severity',
    { minSeverity: 'warning', to: 'alerts' },
    "The route to 'alerts' has the minSeverity 'warning'. Use one of trace, debug, info, warn, error, fatal.",
  ],
  [
    'what is no signal in `except`',
    { signals: '*', except: [42], to: 'alerts' },
    "The route to 'alerts', in `except`, names 42. Give a signal made by defineSignal, a name pattern such as 'JOB_*', or when(signal, test).",
  ],
  [
    'a condition in `except`',
    { signals: '*', except: when(PAID, () => true), to: 'alerts' },
    "The route to 'alerts' has a condition in `except`. Take out whole signals, and put conditions in `signals`.",
  ],
  [
    'an unknown channel',
    { signals: '*', channels: ['spans'], to: 'otel' },
    "The route to 'otel' is narrowed to the channel 'spans'. Channels are logs, spanEvents, metrics.",
  ],
  [
    'no channel',
    { signals: '*', channels: [], to: 'otel' },
    "The route to 'otel' is narrowed to no channel at all. Leave `channels` out for all.",
  ],
  [
    'channels of a sink',
    { signals: '*', channels: ['logs'], to: ['otel', 'alerts'] },
    "The route to 'otel', 'alerts' has `channels`, but 'alerts' is a sink: it takes whole emissions. Route it in a route of its own.",
  ],
  [
    'a misspelt field to reveal',
    { signals: PAID, reveal: ['usr'], to: 'audit' },
    "The route to 'audit' reveals 'usr', which is no sensitive field of its signals. Did you mean 'user'? Sensitive there: user. Declare a bound field, by bound(), before its route.",
  ],
  [
    'a field to reveal that is not sensitive',
    { signals: when(PAID, () => true), reveal: 'amount', to: 'audit' },
    "The route to 'audit' reveals 'amount', which is no sensitive field of its signals. Sensitive there: user. Declare a bound field, by bound(), before its route.",
  ],
  [
    'two fields to reveal in one text',
    { signals: '*', reveal: ['user pin'], to: 'audit' },
    "The route to 'audit' reveals 'user pin'. Give names of sensitive fields, as in ['user'].",
  ],
];

describe.each(ROUTES)('a route with %s', (_what, route, sentence) => {
  test('createSignalbox() - throws', () => {
    expectSentence(routed(route), sentence);
  });

  test('route() - throws and changes nothing', () => {
    const box = createSignalbox({ destinations, routes: [] });
    expectSentence(() => box.route(wrong(route)), sentence);
    box.emit(PAID, { user: 'u', amount: 1 });
    expect(box.describe().routes).toEqual([]);
    expect(box.stats().unrouted).toBe(1);
  });
});

describe('a route that only looks wrong', () => {
  test('createSignalbox() - may reveal what only its pattern takes', () => {
    expect(routed({ signals: [PAID, 'MISUSE_*'], reveal: ['user', 'pin'], to: 'audit' })).not.toThrow();
  });

  test('createSignalbox() - may name a destination twice', () => {
    expect(routed({ signals: '*', to: ['alerts', 'alerts'] })).not.toThrow();
  });
});

describe('route() - signals', () => {
  test('route() - one that the box knows in another shape is told', () => {
    const box = createSignalbox({ destinations, signals: [PAID], routes: [] });
    expectSentence(() => box.route({ signals: PAID_IN_CENTS, to: 'alerts' }), TWICE);
    expect(box.describe().routes).toEqual([]);
  });
});

describe('when()', () => {
  test('when() - tells what is no signal and what is no test', () => {
    expectSentence(
      () => when(wrong('MISUSE_PAID'), () => true),
      "when: the signal is 'MISUSE_PAID'. Give one made by defineSignal.",
    );
    expectSentence(
      () => when(PAID, wrong(true)),
      "when: the test is true. Give a function of the signal's values.",
    );
  });
});

describe('emit()', () => {
  test('emit() - throws for none of this: a signal of another shape is refused and counted', () => {
    const box = createSignalbox({ destinations, signals: [PAID] });
    box.emit(PAID_IN_CENTS, { amount: 1 });
    box.emit(PAID_IN_CENTS, { amount: 1 });
    box.emit(wrong('MISUSE_PAID'), wrong({}));
    box.emit(wrong(undefined));
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 0, refused: { conflict: 4 } });
  });
});

test('box.route() - that is refused leaves no signal registered', () => {
  const own = createSignalbox({ destinations: { audit: nowhere } });
  const FIRST = defineSignal('MISUSE_REFUSED_FIRST', { fields: { a: field.string() } });
  const SECOND = defineSignal('MISUSE_REFUSED_SECOND', { fields: { a: field.string() } });
  const OTHER_SECOND = defineSignal('MISUSE_REFUSED_SECOND', { fields: { a: field.int() } });
  own.emit(SECOND, { a: 'x' });
  expect(() => own.route({ signals: [FIRST, OTHER_SECOND], to: 'audit' })).toThrow(/defined twice/);
  // Another of that name is welcome.
  own.emit(defineSignal('MISUSE_REFUSED_FIRST', { fields: { a: field.int() } }), { a: 1 });
  expect(own.stats().refused).toEqual({});
});
