/** One mistake in an emit. */
export interface Fault {
  /** Identifies the mistake. Each key is printed once. */
  readonly key: string;
  readonly sentence: string;
  readonly fix: string;
}
