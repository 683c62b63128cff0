/** What differs from engine to engine in the telemetry of the example's jobs. */
export interface EngineTraits {
  /** `messaging.system.name`. */
  readonly system: string;
  /** The queue that jobs of a type go to. */
  readonly queue: (type: string) => string;
  /** Whether jobs have a type beside their queue. */
  readonly typed: boolean;
  /** How a job that was withdrawn before it began is told to have ended. */
  readonly withdrawn: string;
  /** How far the engine's clocks and the ledger's may lie apart: the engine looks at its own when it has stored something. */
  readonly clocksMillis: number;
}

/** The box's clock may lie so far from the ledger's before it is anchored anew. */
const OWN_CLOCK_MILLIS = 4;
/** What a database or a Redis may take to answer on a busy machine. */
const STORE_MILLIS = 300;

const ownQueue = (type: string): string => type;

export const MEMORY: EngineTraits = {
  system: 'signalbox',
  queue: () => 'jobs',
  typed: true,
  withdrawn: 'cancelled',
  clocksMillis: OWN_CLOCK_MILLIS,
};

export const TRAITS: Readonly<Record<'bullmq' | 'pg-boss' | 'graphile-worker', EngineTraits>> = {
  bullmq: { ...MEMORY, system: 'bullmq', withdrawn: 'removed', clocksMillis: STORE_MILLIS },
  'pg-boss': { ...MEMORY, system: 'pg-boss', queue: ownQueue, typed: false, clocksMillis: STORE_MILLIS },
  'graphile-worker': {
    ...MEMORY,
    system: 'graphile-worker',
    queue: ownQueue,
    typed: false,
    clocksMillis: STORE_MILLIS,
  },
};
