/** One record as Loki keeps it. */
export interface Entry {
  /** Epoch nanoseconds. */
  readonly time: bigint;
  readonly line: string;
  /** The labels of its stream: what a selector chooses by. */
  readonly stream: Readonly<Record<string, string>>;
  /** Structured metadata: what only the pipe can name. */
  readonly metadata: Readonly<Record<string, string>>;
}
