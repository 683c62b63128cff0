/** When a line counts as written. */
export type SyncPolicy = 'line' | 'group' | 'never';

/** How a file is rotated. */
export interface RotateSettings {
  readonly maxBytes: number;
  /** The length of a period in milliseconds, counted from 1970-01-01T00:00Z. */
  readonly everyMillis: number;
  readonly keep: number;
  readonly gzip: boolean;
}

/** The checked settings of a file of lines. */
export interface FileSettings {
  readonly path: string;
  readonly sync: SyncPolicy;
  readonly groupMillis: number;
  readonly stack: boolean;
  readonly mode: number | undefined;
  readonly followLinks: boolean;
  readonly rotate: RotateSettings | undefined;
}

/**
 * Maximum number of emissions that a file takes before it has answered the first. One call writes, and one sync covers, at most so
 * many.
 */
export const IN_FLIGHT = 1024;
