import type { Costs } from '../harness.js';

export type Unit = 'ratio' | 'bytes' | 'ns' | 'ms' | 'count' | 'MiB/min';

/** One line of the table: a figure, what it is measured against, and what it must be. */
export interface Row {
  /** As the command takes it: `npm run bench -- fanout-sdk`. */
  readonly id: string;
  /** What is measured, and against what, in one line. */
  readonly what: string;
  readonly unit: Unit;
  /** The bound that holds on Node 20 with SDK 2.x, the one on Node 24 with SDK 3.x where it is another, and the aim. */
  readonly must?: number;
  readonly mustOnNode24?: number;
  readonly aim?: number;
  /** Whether less is better (`most`, the default) or more (`least`). */
  readonly bound?: 'most' | 'least';
  /** A program beside the packages of npm: such rows run with `--all`, or when they are named. */
  readonly needs?: 'redis' | 'postgres';
  /** Whether its time is ours alone, none of the SDK's: it must be no slower on Node 24 than on Node 20. */
  readonly ours?: boolean;
  /** Takes its figures in a process that does nothing else. A row has this or {@link timed}. */
  measure?(options: MeasureOptions): Promise<Measured>;
  /** Compares programs, whose times differ more between processes than between the rounds of one. */
  readonly timed?: Timed;
  /**
   * Bytes that one operation allocates, for the table and for the gate. Called in a further process of its own, which can collect garbage
   * (`global.gc`) and has so large a young generation that nothing is collected meanwhile: see `allocatedBy`.
   */
  allocated?(): Promise<number>;
}

/** Times of several processes together. */
export interface Timed {
  /** Times its cases in a process that does nothing else. */
  time(options: MeasureOptions): Promise<Times>;
  /** Makes the figures from the rounds of all processes. */
  figures(times: Times): Measured;
}

/** The cases of a row, and for each of them what an operation cost in each round. */
export interface Times {
  readonly names: readonly string[];
  readonly costs: Costs;
}

export interface MeasureOptions {
  /** Rounds of each case, and milliseconds of CPU that each case has in a round. */
  readonly rounds: number;
  readonly millis: number;
  /** Jobs of each case, where jobs are measured. */
  readonly jobs: number;
}

export interface Measured {
  /** The median over rounds, and the 10th and 90th percentile. Memory rows measure once: all three are the same. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The name of what it is measured against; '' where it stands alone. */
  readonly against: string;
  /** Nanoseconds of CPU that one operation of the row takes, for the comparison of one Node with another. */
  readonly nanos?: number;
  /** Bytes allocated by one operation, where they were counted. */
  readonly bytes?: number;
  /** Further lines to print below: absolute figures, other cases of the same run, curves. */
  readonly notes?: readonly string[];
}
