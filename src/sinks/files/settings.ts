/** When a line counts as written. */
export type SyncPolicy = 'line' | 'group' | 'never';

/** How a file is rotated. */
export interface RotateSettings {
  readonly maxBytes: number;
  /** Periods of so many milliseconds, counted from 1970-01-01T00:00Z. */
  readonly everyMillis: number;
  readonly keep: number;
  readonly gzip: boolean;
}

/** What a file of lines is given, all of it checked. */
export interface FileSettings {
  readonly path: string;
  readonly sync: SyncPolicy;
  readonly groupMillis: number;
  readonly stack: boolean;
  readonly mode: number | undefined;
  readonly followLinks: boolean;
  readonly rotate: RotateSettings | undefined;
}

/** How many emissions a file takes before it has answered the first: so many are written by one call, and synced by one, at most. */
export const IN_FLIGHT = 1024;
