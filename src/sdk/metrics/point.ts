import type { Attributes, HrTime } from '@opentelemetry/api';
import { hrTime } from '../../telemetry/clock.js';

/** The SDK's words for instruments, as exporters are asked for temporality by them. */
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

/** Whether instruments of a type are looked at when they are collected. */
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
  /** Left out where values may be negative, as the protocol says. */
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

/** The last moment that 64 bits of nanoseconds can tell, in the year 2554. */
const LAST_MILLIS = 18_446_744_073_000;

/** From when to when a point lasts, both epoch milliseconds. A clock that was set back since would have it begin after its end. */
export function lasting(
  start: number,
  end: number,
): { readonly startTime: HrTime; readonly endTime: HrTime } {
  const last = Math.min(Math.max(0, end), LAST_MILLIS);
  return { startTime: hrTime(Math.min(Math.max(0, start), last)), endTime: hrTime(last) };
}
