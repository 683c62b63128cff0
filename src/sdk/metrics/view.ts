import type { Attributes, MetricOptions } from '@opentelemetry/api';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { SCOPE } from '../../telemetry/scope.js';
import type { InstrumentType } from './point.js';
import { isObserved } from './point.js';

/** How instruments are aggregated, by the SDK's number. */
export interface ViewAggregation {
  readonly type: number;
  readonly options?: {
    readonly boundaries?: readonly number[];
    readonly recordMinMax?: boolean;
    readonly maxSize?: number;
  };
}

/**
 * A view of metrics, in the shape of the SDK's `ViewOptions` (of either line): which instruments it selects, and what it makes of
 * their points.
 */
export interface ViewLike {
  /** Another name for the instrument. The view must select exactly one. */
  readonly name?: string;
  readonly description?: string;
  /** Removes labels, as `createAllowListAttributesProcessor()` and `createDenyListAttributesProcessor()` do. */
  readonly attributesProcessors?: readonly { process(incoming: Attributes): Attributes }[];
  /** Maximum number of series of an instrument. Default 2000. */
  readonly aggregationCardinalityLimit?: number;
  readonly aggregation?: ViewAggregation;
  /** The instrument's name; `*` stands for any text. */
  readonly instrumentName?: string;
  readonly instrumentType?: string;
  readonly instrumentUnit?: string;
  /** The instruments of signals belong to the meter `signalbox`. */
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
}

// The numbers of the SDK's AggregationType.
export const DEFAULT = 0;
export const DROP = 1;
export const SUM = 2;
export const LAST_VALUE = 3;
export const EXPLICIT_BUCKETS = 4;
const KNOWN: readonly number[] = [DEFAULT, DROP, SUM, LAST_VALUE, EXPLICIT_BUCKETS];

/** Whether our own aggregation supports it. Exponential histograms are not supported. */
export function hasAggregation({ type, options }: ViewAggregation): boolean {
  return KNOWN.includes(type) && options?.recordMinMax !== false;
}

const SELECTORS = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
] as const satisfies readonly (keyof ViewLike)[];

/** Checks views as a user gave them. Throws a {@link SignalboxError}. */
export function checkViews(where: string, given: unknown): readonly ViewLike[] {
  if (!Array.isArray(given))
    throw new SignalboxError(`${where}: views is ${shown(given)}. Give a list of the SDK's view options.`);
  for (const view of given as readonly unknown[]) checkView(where, view);
  return given;
}

function checkView(where: string, given: unknown): void {
  if (typeof given !== 'object' || given === null)
    throw new SignalboxError(
      `${where}: a view is ${shown(given)}. Give the SDK's view options, as in { instrumentName: 'email.sent', … }.`,
    );
  const view = given as ViewLike;
  if (SELECTORS.every((key) => view[key] === undefined))
    throw new SignalboxError(`${where}: a view selects no instrument. Give it an instrumentName, or '*'.`);
  if (view.name !== undefined && (view.instrumentName ?? '*').includes('*'))
    throw new SignalboxError(
      `${where}: the view named ${shown(view.name)} selects more than one instrument. Give it the instrumentName of one.`,
    );
  if (view.aggregation && !hasAggregation(view.aggregation))
    throw new SignalboxError(
      `${where}: a view asks for the aggregation ${shown(view.aggregation.type)}${view.aggregation.options?.recordMinMax === false ? ' without min and max' : ''}. Exporter destinations have sums, last values and explicit buckets; leave it out, or route the signal to 'otel'.`,
    );
}

/** Whether a view selects an instrument of ours. */
export function isOf(
  view: ViewLike,
  { name, type, unit }: { name: string; type: InstrumentType; unit: string },
): boolean {
  return (
    matches(view.instrumentName ?? '*', name) &&
    isSame(view.instrumentType, type) &&
    isSame(view.instrumentUnit, unit) &&
    isSame(view.meterName, SCOPE.name) &&
    isSame(view.meterVersion, SCOPE.version)
  );
}

function isSame(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || value === undefined || wanted === value;
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\^$\\.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** The labels that a view keeps. */
export function labelsBy({ attributesProcessors = [] }: ViewLike, labels: Attributes): Attributes {
  // A processor may change its argument, and signals reuse their label objects.
  let left = attributesProcessors.length > 0 ? { ...labels } : labels;
  for (const processor of attributesProcessors) left = processor.process(left) ?? {};
  return left;
}

/** The instrument type that results in that aggregation; undefined if there is none. */
export function typeBy(wanted: ViewAggregation, type: InstrumentType): InstrumentType | undefined {
  if (!hasAggregation(wanted)) return undefined;
  const looked = isObserved(type);
  if (wanted.type === LAST_VALUE) return looked ? 'OBSERVABLE_GAUGE' : 'GAUGE';
  if (wanted.type === EXPLICIT_BUCKETS) return looked ? undefined : 'HISTOGRAM';
  if (wanted.type !== SUM) return type;
  if (type === 'HISTOGRAM' || type === 'COUNTER') return 'COUNTER';
  if (type === 'OBSERVABLE_COUNTER') return type;
  return looked ? 'OBSERVABLE_UP_DOWN_COUNTER' : 'UP_DOWN_COUNTER';
}

/** The options of an instrument as a view changes them. */
export function optionsBy(
  view: ViewLike,
  { type, options }: ViewAggregation,
  given: MetricOptions,
): MetricOptions {
  const description = view.description ?? given.description;
  // An instrument's own buckets apply only to its default aggregation.
  const boundaries = type === EXPLICIT_BUCKETS ? options?.boundaries : given.advice?.explicitBucketBoundaries;
  return {
    ...given,
    ...(description === undefined ? {} : { description }),
    advice: boundaries ? { explicitBucketBoundaries: ascending(boundaries) } : {},
  };
}

function ascending(boundaries: readonly number[]): number[] {
  return boundaries.filter(Number.isFinite).sort((a, b) => a - b);
}
