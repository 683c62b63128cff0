import type { Measured, Row } from '../rows/row.js';
import type { Platform } from '../run/platform.js';

/** What a row gave on one Node, as it is kept and written. */
export interface Result {
  readonly id: string;
  readonly node: string;
  readonly sdk: string;
  readonly unit: Row['unit'];
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly against: string;
  readonly bytes: number | null;
  readonly nanos: number | null;
  readonly notes: readonly string[];
  /** The day, and the machine. */
  readonly measured: string;
}

export function resultOf(row: Row, { node, sdk }: Platform, figures: Measured, measured: string): Result {
  const { value, low, high, against, bytes = null, nanos = null, notes = [] } = figures;
  return { id: row.id, node, sdk, unit: row.unit, value, low, high, against, bytes, nanos, notes, measured };
}

/** What `--json` writes: figures that another program reads. Bytes are null where none were counted. */
export function jsonOf(results: readonly Result[]): string {
  const rows = results.map(({ id, node, sdk, unit, value, low, high, against, bytes }) => ({
    ...{ id, node, sdk, unit, value, low, high, against, bytes },
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}
