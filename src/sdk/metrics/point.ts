import type { Attributes, HrTime } from '@opentelemetry/api';
import { hrTime } from '../../telemetry/clock.js';

/** The SDK's names of instrument types. Exporters choose a temporality by them. */
export type InstrumentType =
  | 'COUNTER'
  | 'GAUGE'
  | 'HISTOGRAM'
  | 'UP_DOWN_COUNTER'
  | 'OBSERVABLE_COUNTER'
  | 'OBSERVABLE_GAUGE'
  | 'OBSERVABLE_UP_DOWN_COUNTER';

export const INSTRUMENT_TYPES: readonly InstrumentType[] = [
  'COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'UP_DOWN_COUNTER',
  'OBSERVABLE_COUNTER',
  'OBSERVABLE_GAUGE',
  'OBSERVABLE_UP_DOWN_COUNTER',
];

/** Whether instruments of a type are observed at collection. */
export function isObserved(type: string | undefined): boolean {
  return type?.startsWith('OBSERVABLE_') ?? false;
}

// The SDK's enums, by their numbers.
export const DELTA = 0;
export const CUMULATIVE = 1;
export const HISTOGRAM_POINTS = 0;
export const GAUGE_POINTS = 2;
export const SUM_POINTS = 3;
export const DOUBLE = 1;

export interface HistogramValue {
  readonly min: number;
  readonly max: number;
  /** Undefined if values may be negative, as the protocol requires. */
  readonly sum: number | undefined;
  readonly count: number;
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

export interface DataPoint {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: number | HistogramValue;
}

/** One metric as the exporters of both lines take it. */
export interface MetricData {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly type: InstrumentType;
    readonly valueType: number;
    readonly advice: object;
  };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly DataPoint[];
}

/** The last moment that 64 bits of nanoseconds can express. It lies in the year 2554. */
const LAST_MILLIS = 18_446_744_073_000;

/**
 * Start and end time of a point, from epoch milliseconds. If a clock was set back, the start moves to the end: it must not lie after
 * it.
 */
export function lasting(
  start: number,
  end: number,
): { readonly startTime: HrTime; readonly endTime: HrTime } {
  const last = Math.min(Math.max(0, end), LAST_MILLIS);
  return { startTime: hrTime(Math.min(Math.max(0, start), last)), endTime: hrTime(last) };
}
