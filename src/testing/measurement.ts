import type { Attributes } from '@opentelemetry/api';
import { didYouMean } from '../signal/did-you-mean.js';
import { feeders } from '../signal/feeders.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsIn } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Asymmetric } from './asymmetric.js';
import { inBrief, isAsymmetric } from './asymmetric.js';
import type { Measured, MeasuredType } from './measured.js';
import { fittingLabels, hasLabels, isAdded, measuredOf } from './measured.js';
import type { Diff, Verdict } from './verdict.js';
import { indented } from './verdict.js';

/**
 * What to look for in an instrument. The series with these labels count as one: their counts and sums add up, and so does the `value`
 * of counters. The `value` of a gauge needs all labels of one series. Parts that are left out are not compared. Numbers are compared
 * as far as doubles are exact: 0.1 + 0.2 is 0.3.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { type ExpectedMeasurement, recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID', {
 *   fields: { took: field.duration() },
 *   metrics: [{ type: 'histogram', name: 'payment.duration', unit: 's', of: 'took' }],
 * });
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID, { took: 83 });
 * const expected: ExpectedMeasurement = { values: [0.083] };
 * seen.assertMeasured('payment.duration', expected);
 * ```
 */
export interface ExpectedMeasurement {
  /** Labels by attribute keys, as on the wire. The series may have others beside them. Default: any. */
  readonly labels?: Readonly<Record<string, Attributes[string] | Asymmetric>> | undefined;
  /** The value that a backend shows: of counters the sum, of gauges the last value. Histograms have none. */
  readonly value?: number | Asymmetric | undefined;
  /** Number of measurements. Default: at least one. */
  readonly count?: number | Asymmetric | undefined;
  /** The sum of all measurements, in the unit of the metric. */
  readonly sum?: number | Asymmetric | undefined;
  /**
   * Each measurement in order, in the unit of the metric. Of several series, one after the other in the order of their first
   * measurements.
   */
  readonly values?: readonly (number | Asymmetric)[] | Asymmetric | undefined;
}

type Part = keyof ExpectedMeasurement;

const PARTS: OptionNames<ExpectedMeasurement> = {
  labels: true,
  value: true,
  count: true,
  sum: true,
  values: true,
};

/** The parts of a recorder that know measurements. */
export interface MeasurementSource {
  measured(): readonly Measured[];
  instruments(): readonly string[];
}

/** Whether an instrument was measured as expected. Throws if nothing could ever fit. */
export function measuredVerdict(
  where: string,
  source: MeasurementSource,
  name: string,
  given: ExpectedMeasurement | undefined,
  diff?: Diff,
): Verdict {
  const expected = checkedMeasurement(where, given);
  const all = source.measured();
  checkInstrument(where, name, [...source.instruments(), ...feeders().byInstrument.keys()]);
  const series = all.filter((one) => one.name === name);
  if (series[0]?.type === 'histogram' && expected.value !== undefined)
    throw new SignalboxError(
      `${where}: '${name}' is a histogram, which has no \`value\`. Give \`count\`, \`sum\` or \`values\`.`,
    );
  // Matchers among them are looked for wherever they are compared.
  const labels = (expected.labels ?? {}) as Readonly<Attributes>;
  const labelled = series.filter((one) => hasLabels(one.labels, labels));
  if (expected.value !== undefined && labelled.length > 1 && !isAdded(labelled[0]))
    throw new SignalboxError(
      `${where}: '${name}' has ${labelled.length} series with these labels, and their values are not added up. Give all labels of one.`,
    );
  const found = together(labelled, labels);
  const wrong: readonly Part[] = found ? differing(found, expected) : ['labels'];
  return {
    pass: wrong.length === 0,
    message: () => {
      const sought = `${name} was ${wrong.length === 0 ? '' : 'not '}measured with ${inBrief(expected)}`;
      if (wrong.length === 0) return `${sought}:\n${listed(labelled)}`;
      if (series.length === 0) return `${sought}. Measured:\n${listed(all) || '  nothing'}`;
      if (!found)
        return `${sought}. It was measured with other labels, the nearest first:\n${listed(byLabels(series, labels))}`;
      return `${sought}.\n${indented(told(found, expected, wrong, diff))}\nIt was measured:\n${listed([...labelled, ...series.filter((one) => !labelled.includes(one))])}`;
    },
  };
}

/** Checks that a value has the measurements of a recorder. Throws if it has none. */
export function checkedMeasurements(where: string, received: unknown): MeasurementSource {
  const given = (received ?? {}) as Partial<MeasurementSource>;
  if (typeof given.measured === 'function' && typeof given.instruments === 'function')
    return given as MeasurementSource;
  throw new SignalboxError(
    `${where}: the received value is ${shown(received)}. Give \`expect\` what recorder() returned.`,
  );
}

function checkedMeasurement(where: string, given: ExpectedMeasurement | undefined): ExpectedMeasurement {
  const expected = optionsIn(where, 'expected', given, PARTS);
  for (const part of ['value', 'count', 'sum'] as const) {
    const value: unknown = expected[part];
    if (value === undefined || typeof value === 'number' || isAsymmetric(value)) continue;
    throw new SignalboxError(`${where}: \`${part}\` is ${shown(value)}. Give a number.`);
  }
  const { values, labels } = expected;
  if (values !== undefined && !Array.isArray(values) && !isAsymmetric(values))
    throw new SignalboxError(`${where}: \`values\` is ${shown(values)}. Give a list of numbers.`);
  if (labels !== undefined && (typeof labels !== 'object' || labels === null || Array.isArray(labels)))
    throw new SignalboxError(
      `${where}: \`labels\` is ${shown(labels)}. Give values by attribute keys, as in { 'payment.currency': 'EUR' }.`,
    );
  return expected;
}

// With a name that nothing measures, an assertion could only fail, and its opposite only pass.
function checkInstrument(where: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new SignalboxError(
    `${where}: no signal declares the metric ${shown(name)}, and nothing observes it.${didYouMean(String(name), known)} Give the name of a metric of a signal that is defined, or await collect() for observable metrics.`,
  );
}

/** Several series as one. The values of each follow those of the series before it. */
function together(series: readonly Measured[], labels: Readonly<Attributes>): Measured | undefined {
  const [first, ...more] = series;
  if (!first || more.length === 0) return first;
  const { name, unit } = first;
  const type: MeasuredType = first.type;
  return measuredOf({ name, type, unit, labels, values: series.flatMap(({ values }) => values) });
}

function differing(found: Measured, { value, count, sum, values }: ExpectedMeasurement): Part[] {
  const wrong: Part[] = [];
  if (value !== undefined && !fits(found.value, value)) wrong.push('value');
  if (count !== undefined && !fits(found.count, count)) wrong.push('count');
  if (sum !== undefined && !fits(found.sum, sum)) wrong.push('sum');
  if (values !== undefined && !fitAll(found.values, values)) wrong.push('values');
  return wrong;
}

function fitAll(found: readonly number[], expected: readonly (number | Asymmetric)[] | Asymmetric): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(found);
  return found.length === expected.length && expected.every((value, i) => fits(found[i], value));
}

// The precision that a double keeps through sums of milliseconds and divisions.
const EXACT = 1e-9;

function fits(found: number | undefined, expected: number | Asymmetric): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(found);
  if (found === undefined) return false;
  return (
    found === expected || Math.abs(found - expected) <= EXACT * Math.max(Math.abs(found), Math.abs(expected))
  );
}

function told(
  found: Measured,
  expected: ExpectedMeasurement,
  wrong: readonly Part[],
  diff: Diff | undefined,
): string {
  const pick = (from: ExpectedMeasurement): object =>
    Object.fromEntries(wrong.map((part) => [part, from[part]]));
  return (
    diff?.(pick(expected), pick(found)) ??
    wrong
      .map((part) => `${part}: expected ${inBrief(expected[part])}, was ${inBrief(found[part])}`)
      .join('\n')
  );
}

function byLabels(series: readonly Measured[], labels: Readonly<Attributes>): readonly Measured[] {
  const fitting = (one: Measured): number => fittingLabels(one.labels, labels);
  return [...series].sort((a, b) => fitting(b) - fitting(a));
}

/** Maximum number of series in a message. */
const SHOWN = 10;

function listed(series: readonly Measured[]): string {
  const lines = series.slice(0, SHOWN).map((one) => {
    const { name, unit, labels, value, count, sum } = one;
    const said = value === undefined ? { count, sum } : { value, count };
    return `  ${name}${unit ? ` [${unit}]` : ''} ${inBrief(labels)} ${inBrief(said)}`;
  });
  if (series.length > SHOWN) lines.push(`  and ${series.length - SHOWN} more`);
  return lines.join('\n');
}
