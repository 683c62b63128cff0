import type { Attributes } from '@opentelemetry/api';
import { owned } from '../../emission/text.js';

/** The labels of one series, and its key, in memory of their own: they stay when the emit is long over. */
export interface Labels {
  readonly key: string;
  readonly attributes: Attributes;
}

/** Series of one instrument at most; the rest share one, as the metrics SDK specification says. */
export const CARDINALITY_LIMIT = 2000;

/** Bytes of labels that the series of one instrument may take by default, as they are estimated. */
const LABEL_BYTES = 4 * 1024 * 1024;

/** The same for an instrument with that limit of series: who raises one raises both. What is beyond goes to the overflow series. */
export function labelRoom(limit: number): number {
  return LABEL_BYTES * Math.max(1, limit / CARDINALITY_LIMIT);
}

/** What a series takes beside its texts, roughly. */
const SERIES = 256;

/** The memory that labels of that key take, roughly: each text stands in the key, and as a value. */
export function labelBytes(key: string): number {
  return SERIES + 2 * key.length;
}

export function ownLabels(key: string, attributes: Attributes): Labels {
  const own: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') own[name] = owned(value);
    else if (Array.isArray(value)) own[name] = value.map(ownedText) as typeof value;
    else own[name] = value;
  }
  return { key: owned(key), attributes: own };
}

function ownedText<T>(value: T): T {
  return typeof value === 'string' ? (owned(value) as T & string) : value;
}
