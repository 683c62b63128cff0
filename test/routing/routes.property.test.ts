import { context, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import type { AnySignal, Emission, Route, Selector } from 'signalbox';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { expect, test } from 'vitest';
import type { Severity } from '../../src/signal/severity.js';
import { severities } from '../../src/signal/severity.js';
import { wrong } from '../support/misuse.js';
import { resetOtel, startOtel } from '../support/otel.js';
import type { ModelEmit, ModelRoute, ModelSelector, ModelSignal, SignalName } from './model.js';
import { expected } from './model.js';

const counter = (name: string): { type: 'counter'; name: string } => ({ type: 'counter', name });
const secret = field.string({ sensitive: true });
const other = field.string({ sensitive: true });

function declare(): Readonly<Record<Exclude<SignalName, 'INFO' | 'ERROR'>, AnySignal>> {
  return {
    JOB_STARTED: defineSignal('JOB_STARTED', {
      fields: { n: field.int(), secret },
      metrics: [counter('job.all')],
    }),
    JOB_FAILED: defineSignal('JOB_FAILED', {
      severity: 'warn',
      fields: { n: field.int(), secret, other },
      metrics: [counter('job.all'), counter('job.failed')],
    }),
    QUEUE_FULL: defineSignal('QUEUE_FULL', { severity: 'error', fields: { n: field.int() } }),
    PAID: defineSignal('PAID', {
      fields: { n: field.int() },
      metrics: [counter('paid')],
      spanEvents: 'off',
    }),
  };
}
const declared = declare();
// What a second copy of the package would define.
const copies = declare();

const model: Readonly<Record<SignalName, ModelSignal>> = {
  JOB_STARTED: { instruments: ['job.all'], spanEvents: true },
  JOB_FAILED: { instruments: ['job.all', 'job.failed'], spanEvents: true },
  QUEUE_FULL: { instruments: [], spanEvents: true },
  PAID: { instruments: ['paid'], spanEvents: false },
  INFO: { instruments: [], spanEvents: false },
  ERROR: { instruments: [], spanEvents: false },
};
const SINKS = ['one', 'two', 'three'];
const SENSITIVE: Readonly<Record<string, readonly string[]>> = {
  JOB_STARTED: ['secret'],
  JOB_FAILED: ['secret', 'other'],
};
const DECLARED: readonly SignalName[] = ['JOB_STARTED', 'JOB_FAILED', 'QUEUE_FULL', 'PAID'];
const OWN: Readonly<Partial<Record<SignalName, Severity>>> = {
  JOB_FAILED: 'warn',
  QUEUE_FULL: 'error',
  ERROR: 'error',
};

type Declared = keyof typeof declared;

// --- what is tried

const signalName = fc.constantFrom(...DECLARED);
const pattern = fc.constantFrom('*', 'JOB_*', '*_F*', 'QUEUE_*', 'PAID', 'IN*', '*R*', '*D', 'J*_*T*');
const plain = fc.oneof(fc.record({ signal: signalName }), fc.record({ pattern }));
const condition = fc.record({
  when: signalName,
  atLeast: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant('throws' as const)),
});
const selector: fc.Arbitrary<ModelSelector> = fc.oneof({ arbitrary: plain, weight: 2 }, condition);

/** Only what can be revealed: else the route is misuse, which has tests of its own. */
function revealable(signals: readonly ModelSelector[] | undefined): readonly string[] {
  if (!signals || signals.some((s) => 'pattern' in s)) return ['secret', 'other'];
  return signals.flatMap((s) => SENSITIVE['signal' in s ? s.signal : 'when' in s ? s.when : ''] ?? []);
}

const route: fc.Arbitrary<ModelRoute> = fc
  .record({
    signals: fc.option(fc.array(selector, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    minSeverity: fc.option(fc.constantFrom(...severities), { nil: undefined }),
    except: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fc.array(plain, { maxLength: 2 })),
    channels: fc.option(
      fc.uniqueArray(fc.constantFrom('logs' as const, 'spanEvents' as const, 'metrics' as const), {
        minLength: 1,
      }),
      { nil: undefined },
    ),
    to: fc.array(fc.constantFrom('otel', ...SINKS), { minLength: 1, maxLength: 4 }),
    reveal: fc.subarray(['secret', 'other']),
  })
  .map((made) => ({
    ...made,
    signals: made.signals ?? (made.minSeverity ? undefined : [{ pattern: '*' }]),
    to: made.channels ? ['otel'] : made.to,
    reveal: made.reveal.filter((name) => revealable(made.signals).includes(name)),
  }));

type Step =
  | { readonly add: ModelRoute }
  | { readonly remove: number }
  | {
      readonly emit: SignalName;
      readonly n: number;
      readonly severity: Severity | undefined;
      readonly onSpan: boolean;
      readonly copy: boolean;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ add: route }), weight: 2 },
  { arbitrary: fc.record({ remove: fc.nat(9) }), weight: 2 },
  {
    arbitrary: fc.record({
      emit: fc.constantFrom<SignalName>(...DECLARED, 'INFO', 'ERROR'),
      n: fc.nat(3),
      severity: fc.option(fc.constantFrom(...severities), { nil: undefined }),
      onSpan: fc.boolean(),
      copy: fc.boolean(),
    }),
    weight: 5,
  },
);

// --- how it is said to the box

function selectorOf(of: ModelSelector): Selector {
  if ('pattern' in of) return of.pattern;
  if ('signal' in of) return declared[of.signal as Declared];
  const { atLeast } = of;
  return when(declared[of.when as Declared], (values) => {
    if (atLeast === 'throws') throw new Error('a condition that throws');
    return (values as { n: number }).n >= atLeast;
  });
}

function routeOf({ signals, minSeverity, except, channels, to, reveal }: ModelRoute): Route {
  return {
    to,
    ...(signals ? { signals: signals.map(selectorOf) } : {}),
    ...(minSeverity ? { minSeverity } : {}),
    ...(except.length > 0 ? { except: except.map(selectorOf) as (AnySignal | string)[] } : {}),
    ...(channels ? { channels } : {}),
    ...(reveal.length > 0 ? { reveal } : {}),
  };
}

// --- what is compared

const VALUES = { secret: 'S', other: 'O' };

/** What is seen of the sensitive fields that a signal has. */
function seen(name: SignalName, revealed: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    (SENSITIVE[name] ?? []).map((f) => [
      f,
      revealed.has(f) ? VALUES[f as keyof typeof VALUES] : '[redacted]',
    ]),
  );
}

function picked(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in VALUES));
}

function eventOf(name: SignalName): string | undefined {
  return { JOB_STARTED: 'job.started', JOB_FAILED: 'job.failed', QUEUE_FULL: 'queue.full', PAID: 'paid' }[
    name as Declared
  ];
}

async function play(initial: readonly ModelRoute[] | undefined, steps: readonly Step[]): Promise<void> {
  const otel = startOtel();
  const got: Record<string, unknown[]> = { one: [], two: [], three: [], logs: [], span: [] };
  const want: Record<string, unknown[]> = { one: [], two: [], three: [], logs: [], span: [] };
  const sinkOf = (name: string) => (emission: Emission) => {
    got[name]?.push([emission.signal, emission.severity, picked(emission.fields)]);
  };
  const box = createSignalbox({
    destinations: Object.fromEntries(SINKS.map((name) => [name, sinkOf(name)])),
    signals: Object.values(declared),
    ...(initial ? { routes: initial.map(routeOf) } : {}),
  });
  const everything = { minSeverity: undefined, except: [], channels: undefined, reveal: [] };
  const given = initial ?? [{ ...everything, signals: undefined, to: [...SINKS, 'otel'] }];
  const running: { readonly route: ModelRoute; readonly undo: (() => void) | undefined }[] = given.map(
    (route) => ({ route, undo: undefined }),
  );
  const counts: Record<string, number> = {};
  let emitted = 0;
  let unrouted = 0;
  const span = otel.tracerProvider.getTracer('app').startSpan('work');

  for (const one of steps) {
    if ('add' in one) {
      running.push({ route: one.add, undo: box.route(routeOf(one.add)) });
      continue;
    }
    if ('remove' in one) {
      const removable = running.filter(({ undo }) => undo);
      const out = removable[one.remove % Math.max(removable.length, 1)];
      if (!out) continue;
      out.undo?.();
      // A second call changes nothing, whatever was added since.
      out.undo?.();
      running.splice(running.indexOf(out), 1);
      continue;
    }
    const level = one.emit === 'INFO' || one.emit === 'ERROR';
    const severity = (level ? undefined : one.severity) ?? OWN[one.emit] ?? 'info';
    const emit: ModelEmit = { name: one.emit, n: one.n, severity };
    const give = (): void => {
      const { n } = one;
      if (one.emit === 'INFO') box.info('plain', { n });
      else if (one.emit === 'ERROR') box.error('plain', { n });
      else {
        const signal = (one.copy ? copies : declared)[one.emit];
        const fields = { n, ...seen(one.emit, new Set(['secret', 'other'])) };
        box.emit(signal, wrong(fields), one.severity ? { severity: one.severity } : {});
      }
    };
    if (one.onSpan) context.with(trace.setSpan(context.active(), span), give);
    else give();

    const result = expected(
      running.map(({ route }) => route),
      model,
      emit,
    );
    for (const [name, revealed] of Object.entries(result.sinks))
      want[name]?.push([one.emit, severity, seen(one.emit, revealed)]);
    if (result.log) want.logs?.push([eventOf(one.emit), severity.toUpperCase(), seen(one.emit, result.log)]);
    if (result.spanEvent && one.onSpan) want.span?.push([eventOf(one.emit), seen(one.emit, new Set())]);
    for (const name of result.instruments) counts[name] = (counts[name] ?? 0) + 1;
    if (result.unrouted) unrouted++;
    else emitted++;
  }

  await box.forceFlush();
  span.end();
  for (const record of otel.logs())
    got.logs?.push([record.eventName, record.severityText, picked(record.attributes)]);
  for (const { name, attributes } of otel.spans('work')[0]?.events ?? [])
    got.span?.push([name, picked(attributes ?? {})]);
  expect(got).toEqual(want);
  for (const name of ['job.all', 'job.failed', 'paid'])
    expect([name, (await otel.points(name))[0]?.value ?? 0]).toEqual([name, counts[name] ?? 0]);

  const stats = box.stats();
  expect({ emitted: stats.emitted, unrouted: stats.unrouted }).toEqual({ emitted, unrouted });
  expect(stats.refused).toEqual({});
  const total = (list: unknown[] | undefined): number => list?.length ?? 0;
  const account = (n: number, outcome: string): object => ({ routed: n, [outcome]: n, failed: 0, queued: 0 });
  for (const name of SINKS)
    expect(stats.destinations[name]?.channels.sink).toMatchObject(account(total(want[name]), 'delivered'));
  expect(stats.destinations.otel?.channels).toMatchObject({
    logs: account(total(want.logs), 'handedOver'),
    spanEvents: account(total(want.span), 'handedOver'),
    metrics: account(
      Object.values(counts).reduce((sum, n) => sum + n, 0),
      'handedOver',
    ),
  });
}

test('routes - what the box does is what the rules say, whatever the routes, also while they change', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.array(route, { maxLength: 4 }), { nil: undefined }),
      fc.array(step, { minLength: 4, maxLength: 25 }),
      async (initial, steps) => {
        try {
          await play(initial, steps);
        } finally {
          resetOtel();
        }
      },
    ),
    { numRuns: 400 },
  );
});
