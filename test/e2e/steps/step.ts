import type { Stack } from '../stack/stack.js';

/** What a step works with. */
export interface Scene {
  readonly stack: Stack;
  /** A second collector with backends of its own; undefined where the ports allow only one stack. */
  readonly second: Stack | undefined;
  readonly say: (line: string) => void;
}

/** What a step found. */
export interface Finding {
  /** Jobs whose ledger was compared with the backends' answers. */
  readonly jobs: number;
  /** A sentence each. */
  readonly mismatches: readonly string[];
}

/** One part of the end-to-end tests. */
export interface Step {
  readonly name: string;
  /** Completes the sentence "this step shows that …". */
  readonly shows: string;
  readonly run: (scene: Scene) => Promise<Finding>;
}
