/** One thing that is wrong with an emit. */
export interface Fault {
  /** What stands for it: each is told once. */
  readonly key: string;
  readonly sentence: string;
  readonly fix: string;
}
