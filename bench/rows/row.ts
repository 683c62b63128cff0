/** One line of the table: a figure, what it is measured against, and what it must be. */
export interface Row {
  /** As the command takes it: `npm run bench -- fanout-sdk`. */
  readonly id: string;
  /** What is measured, and against what, in one line. */
  readonly what: string;
  readonly unit: 'ratio' | 'bytes' | 'ms' | 'count' | 'MiB/min';
  /** The bound that holds on Node 20 with SDK 2.x, the one on Node 24 with SDK 3.x where it is another, and the aim. */
  readonly must: number;
  readonly mustOnNode24?: number;
  readonly aim?: number;
  /** Whether less is better (`most`, the default) or more (`least`). */
  readonly bound?: 'most' | 'least';
  /** A program beside the packages of npm: such rows run with `--all`, or when they are named. */
  readonly needs?: 'redis' | 'postgres';
  /** Takes its figures; each row runs in a process of its own. */
  measure(options: MeasureOptions): Promise<Measured>;
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly millis: number;
}

export interface Measured {
  /** The median over rounds, and the 10th and 90th percentile. Memory rows measure once: all three are the same. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The name of what it is measured against; '' where it stands alone. */
  readonly against: string;
  /** Bytes allocated by one operation, where they were counted. */
  readonly bytes?: number;
  /** Further lines to print below: absolute figures, other cases of the same run, curves. */
  readonly notes?: readonly string[];
}
