import type { ExpectedFacts } from '../check/expected.mjs';
import { expectedFacts } from '../check/expected.mjs';
import type { Cell } from './cells.js';

/** What must have arrived, and what the box must say, after a round of the scenario. */
export type Facts = Omit<ExpectedFacts, 'during' | 'shutdown'>;

/** What must be of a cell. */
export interface Expected {
  /** One for each SDK, and one where there is none. */
  readonly rounds: readonly Facts[];
  /** What `box.shutdown()` gives in the end. */
  readonly shutdown: object;
}

const SDK_FIRST = expectedFacts({ first: 'sdk', spanEvents: 'direct' });
const BOX_FIRST = expectedFacts({ first: 'box', spanEvents: 'direct' });
const NONE = { delivered: 0, handedOver: 0, dropped: {}, failed: 0, queued: 0 };

/** What the app, the sink and the accounts have where nothing arrives. */
function nothing(rest: Pick<Facts, 'sink' | 'problems' | 'stats'>): Facts {
  const { returned, agreement } = SDK_FIRST;
  return { returned, agreement, spans: [], logs: [], metrics: {}, self: [], ...rest };
}

// A second round is with a box that has been there, and emitted before this SDK was.
const AFTER_ANOTHER: Facts = {
  ...BOX_FIRST,
  stats: {
    ...BOX_FIRST.stats,
    otel: {
      ...BOX_FIRST.stats.otel,
      logs: { ...NONE, handedOver: 12 + 11, dropped: { no_provider: 1 } },
      spanEvents: { ...NONE, handedOver: 11 + 11 },
    },
    kept: { sink: { ...NONE, delivered: 12 + 12 } },
  },
};

const start = (what: string, kind: string): string =>
  `no ${what}Provider is registered; start an OpenTelemetry SDK with a ${kind} pipeline, or pass \`box.instrumentation()\` to it`;

const WITHOUT_SDK: Facts = nothing({
  sink: SDK_FIRST.sink.map((emission) => ({ ...emission, span: null })),
  problems: [
    `logs: ${start('Logger', 'log')}`,
    `spans: ${start('Tracer', 'span')}`,
    `metrics: ${start('Meter', 'metric')}`,
    'context: no ContextManager is registered, and signals find no active span; start an OpenTelemetry SDK with one, as NodeSDK',
  ],
  stats: {
    ...SDK_FIRST.stats,
    otel: {
      logs: { ...NONE, dropped: { no_provider: 12 } },
      spanEvents: NONE,
      metrics: { failed: 0, dropped: { no_provider: 16 } },
    },
  },
});

// OTEL_SDK_DISABLED is heard by the box too.
const DISABLED: Facts = nothing({
  sink: [],
  problems: ['The box is disabled: every emit is a no-op.', ...WITHOUT_SDK.problems],
  stats: {
    ...SDK_FIRST.stats,
    otel: { logs: NONE, spanEvents: NONE, metrics: { failed: 0, dropped: {} } },
    kept: { sink: NONE },
  },
});

// The last export of a box that was shut down: its worker is gone.
function last(facts: Facts): Facts {
  const workers = facts.metrics['worker.count'];
  if (!workers) return facts;
  const points = workers.points.map((point) => ({ ...point, value: 0 }));
  return { ...facts, metrics: { ...facts.metrics, 'worker.count': { ...workers, points } } };
}

// What was emitted between times. Where there never was an SDK, nothing of it is missing to anybody.
const ONE_LOST = { complete: false, undelivered: { otel: { no_provider: 1 } } };
const COMPLETE = { complete: true, undelivered: {} };

/** What must be of a cell. */
export function expectedOf({ sdk, start }: Cell): Expected {
  switch (sdk) {
    case 'before':
      return { rounds: [last(SDK_FIRST)], shutdown: COMPLETE };
    case 'after':
      return { rounds: [last(BOX_FIRST)], shutdown: ONE_LOST };
    case 'replaced':
      return { rounds: [SDK_FIRST, last(AFTER_ANOTHER)], shutdown: ONE_LOST };
    case 'never':
      return { rounds: [start === 'register' ? DISABLED : WITHOUT_SDK], shutdown: COMPLETE };
  }
}
