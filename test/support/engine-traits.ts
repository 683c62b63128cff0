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
  /** Whether workers have a name, which the handler is told, or are numbered by the adapter, so that the handler knows another id. */
  readonly workers: 'named' | 'numbered';
  /** How far the box's clock and the ledger's may lie apart. */
  readonly clocksMillis: number;
  /** Whether the ledger's `runnable_at` is that very moment, or the earliest that it can be: a store looks at its own clock, later. */
  readonly runnableAt: 'exact' | 'earliest';
}

const ownQueue = (type: string): string => type;

export const MEMORY: EngineTraits = {
  system: 'signalbox',
  queue: () => 'jobs',
  typed: true,
  withdrawn: 'cancelled',
  workers: 'named',
  // So far before the box's clock is anchored anew.
  clocksMillis: 4,
  runnableAt: 'exact',
};

export const TRAITS: Readonly<Record<'bullmq' | 'pg-boss' | 'graphile-worker', EngineTraits>> = {
  bullmq: { ...MEMORY, system: 'bullmq', withdrawn: 'removed', runnableAt: 'earliest' },
  'pg-boss': {
    ...MEMORY,
    system: 'pg-boss',
    queue: ownQueue,
    typed: false,
    workers: 'numbered',
    runnableAt: 'earliest',
  },
  'graphile-worker': {
    ...MEMORY,
    system: 'graphile-worker',
    queue: ownQueue,
    typed: false,
    workers: 'numbered',
    runnableAt: 'earliest',
  },
};
