/** How many jobs a queue holds, by state. What an engine can not tell is left out. */
export interface Depth {
  /** Could run now. */
  readonly waiting: number;
  /** Waits for its time, retries included. */
  readonly delayed?: number | undefined;
  readonly active?: number | undefined;
  /** Waits for something else (its children). */
  readonly blocked?: number | undefined;
  readonly paused?: number | undefined;
}

/** How a queue is looked at. */
export interface MonitorOptions {
  readonly depth: () => Depth | Promise<Depth>;
  /** Age in milliseconds of the oldest job that could run now; 0 when there is none; undefined when it is not known. */
  readonly oldestAgeMillis?: (() => number | undefined | Promise<number | undefined>) | undefined;
  /** A paused queue has no backlog. Default: never. */
  readonly paused?: (() => boolean | Promise<boolean>) | undefined;
  /** Whether the queue is closed: the monitor stops then. Asked before each look, and with what a look threw. Default: never. */
  readonly closed?: ((error?: unknown) => boolean) | undefined;
  /** Whether the health check's totals are the whole queue's or this process's. Default `'process'`. */
  readonly scope?: 'queue' | 'process' | undefined;
  /** The queue's own totals, where the engine counts them. Default: what this process saw. */
  readonly totals?: (() => Totals | Promise<Totals>) | undefined;
  /** Milliseconds between health checks. Default 15 000. */
  readonly intervalMillis?: number | undefined;
  /** When QUEUE_BACKLOG is raised, and cleared. Default: 0.8 and 0.6 of the capacity; never where there is none. */
  readonly backlog?:
    | false
    | {
        readonly size?: number | undefined;
        readonly clear?: number | undefined;
        readonly ageMillis?: number | undefined;
      }
    | undefined;
  /** When QUEUE_FAILURE_RATE is raised, and cleared. Default: 0.2 of at least 10 ends in 300 000 ms, and 0.1. */
  readonly failureRate?:
    | false
    | {
        readonly threshold?: number | undefined;
        readonly clear?: number | undefined;
        readonly minimum?: number | undefined;
        readonly windowMillis?: number | undefined;
      }
    | undefined;
}

/** Totals of a queue since some beginning. */
export interface Totals {
  readonly total: number;
  readonly completed: number;
  readonly abandoned: number;
  readonly retries?: number | undefined;
}
