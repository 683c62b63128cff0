/** The ways that boxes of one process come to one endpoint. */
export const ways = ['node-sdk', 'plain-first', 'exporters', 'three', 'otel', 'own-reader'] as const;
export type Way = (typeof ways)[number];

/** What a run of `two-boxes.ts` emitted, by both boxes together. */
export interface Told {
  /** Emits: the counter that counts them, and the count of the histogram. */
  readonly emits: number;
  /** What the counter of a field, the up-down counter and the histogram add up to. */
  readonly size: number;
}
