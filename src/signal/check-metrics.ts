import { isText } from './check-fields.js';
import { didYouMean } from './did-you-mean.js';
import type { Field, Fields } from './field.js';
import type { AnyMetric } from './metric.js';
import type { OptionNames, Renamed } from './option-checks.js';
import { unknownOption } from './option-checks.js';
import { SignalboxError, shown } from './signalbox-error.js';

// The instrument name syntax of the metrics API specification.
const INSTRUMENT_NAME = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/;
const PARTS: OptionNames<AnyMetric> = {
  type: true,
  name: true,
  unit: true,
  description: true,
  by: true,
  constantLabels: true,
  of: true,
  add: true,
  buckets: true,
};

const RENAMED: Renamed = { labels: 'constantLabels' };
const TYPES: readonly unknown[] = ['counter', 'upDownCounter', 'gauge', 'histogram'];
const LABEL_KINDS: readonly unknown[] = ['string', 'enum', 'boolean'];
const NUMBER_KINDS: readonly unknown[] = ['number', 'int', 'duration'];

/** Checks the metrics of a signal against its fields. Throws a {@link SignalboxError}; returns frozen copies. */
export function checkMetrics(signal: string, metrics: unknown, fields: Fields): readonly AnyMetric[] {
  if (!Array.isArray(metrics))
    throw new SignalboxError(
      `defineSignal('${signal}'): \`metrics\` is ${shown(metrics)}. Give a list, as in [{ type: 'counter', name: 'email.sent' }].`,
    );
  for (const metric of metrics) checkMetric(signal, metric, fields);
  return Object.freeze(metrics.map((metric: AnyMetric) => Object.freeze({ ...metric })));
}

/** Checks one metric of a signal against its fields. Throws a {@link SignalboxError}. */
export function checkMetric(signal: string, metric: AnyMetric, fields: Fields): void {
  const where = `defineSignal('${signal}')`;
  if (typeof metric !== 'object' || metric === null)
    throw new SignalboxError(
      `${where}: a metric is ${shown(metric)}. Give an object, as in { type: 'counter', name: 'email.sent' }.`,
    );
  if (typeof metric.name !== 'string' || !INSTRUMENT_NAME.test(metric.name)) {
    throw new SignalboxError(
      `${where}: ${shown(metric.name)} is not a metric's name. Start with a letter; use letters, digits, '_', '.', '-', '/', at most 255.`,
    );
  }
  const at = `${where}: metric '${metric.name}'`;
  const problem = unknownOption(metric, PARTS, RENAMED);
  if (problem !== undefined) throw new SignalboxError(`${at}: ${problem}`);
  if (!TYPES.includes(metric.type)) {
    throw new SignalboxError(
      `${at} has the type ${shown(metric.type)}. Use 'counter', 'upDownCounter', 'gauge' or 'histogram'.`,
    );
  }
  for (const part of ['unit', 'description'] as const) {
    if (metric[part] !== undefined && !isText(metric[part]))
      throw new SignalboxError(`${at} has the ${part} ${shown(metric[part])}. Give text, or leave it out.`);
  }
  checkLabels(at, metric, fields);
  checkMeasure(at, metric, fields);
  checkBuckets(at, metric);
}

function checkLabels(at: string, { by = [], constantLabels = {} }: AnyMetric, fields: Fields): void {
  if (!Array.isArray(by))
    throw new SignalboxError(
      `${at}: \`by\` is ${shown(by)}. Give a list of names of fields, as in ['template'].`,
    );
  for (const name of by as readonly unknown[]) {
    const field = fieldOf(fields, name);
    if (!field) throw new SignalboxError(`${at}: \`by\` names ${noField(name, fields)}`);
    if (field.sensitive)
      throw new SignalboxError(
        `${at}: \`by\` names ${shown(name)}, which is sensitive. Sensitive fields can not be labels.`,
      );
    if (!LABEL_KINDS.includes(field.kind)) {
      throw new SignalboxError(
        `${at}: \`by\` names ${shown(name)}, a field of kind '${field.kind}'. Labels are string, oneOf or boolean fields, so that there are few of them.`,
      );
    }
  }
  if (typeof constantLabels !== 'object' || constantLabels === null || Array.isArray(constantLabels))
    throw new SignalboxError(
      `${at} has the constant labels ${shown(constantLabels)}. Give an object of values, as in { channel: 'mail' }.`,
    );
  const byKey = new Map((by as readonly string[]).map((name) => [fields[name]?.attribute ?? name, name]));
  for (const [key, value] of Object.entries(constantLabels) as [string, unknown][]) {
    const field = byKey.get(key);
    if (field !== undefined)
      throw new SignalboxError(
        `${at} has the label '${key}' twice: of the field '${field}' in \`by\`, and in \`constantLabels\`. Leave one out, or give one another key.`,
      );
    if (!isText(key) || key === '' || key === '__proto__')
      throw new SignalboxError(
        `${at} has a label called ${shown(key)}. Give a non-empty key, as in 'channel'.`,
      );
    if (isText(value) || typeof value === 'boolean' || (Number.isFinite(value) && isWithin64Bits(value)))
      continue;
    const which = typeof value === 'string' || Number.isFinite(value) ? ' that the wire can carry' : '';
    throw new SignalboxError(
      `${at} has the label '${key}' of ${shown(value)}. Give a string, number or boolean${which}.`,
    );
  }
}

// An endpoint refuses a whole batch for one whole number beyond 64 bits.
function isWithin64Bits(value: unknown): boolean {
  return Math.abs(value as number) < 2 ** 63;
}

function checkMeasure(at: string, metric: AnyMetric, fields: Fields): void {
  const { type, of, add, unit } = metric;
  if (add !== undefined) {
    if (!Number.isFinite(add)) throw new SignalboxError(`${at} adds ${shown(add)}. Give a finite number.`);
    if (type !== 'upDownCounter' || of !== undefined)
      throw new SignalboxError(
        `${at} adds ${add}. Only an 'upDownCounter' without \`of\` adds a constant; leave \`add\` out.`,
      );
  }
  if (of === undefined) {
    if (type === 'gauge' || type === 'histogram')
      throw new SignalboxError(`${at} needs \`of\`: the field that it measures.`);
    return;
  }
  const field = fieldOf(fields, of);
  if (!field) throw new SignalboxError(`${at}: \`of\` names ${noField(of, fields)}`);
  if (!NUMBER_KINDS.includes(field.kind)) {
    throw new SignalboxError(
      `${at}: \`of\` names '${of}', a field of kind '${field.kind}'. Measure a number, int or duration field.`,
    );
  }
  if (field.sensitive) {
    throw new SignalboxError(
      `${at}: \`of\` names '${of}', which is sensitive. Its points would carry the value to every backend: measure a field that is not sensitive.`,
    );
  }
  if (field.kind === 'duration' && unit !== 's') {
    throw new SignalboxError(
      `${at}: \`of\` names the duration '${of}', but the unit is ${shown(unit)}. Durations are in seconds on the wire: give \`unit: 's'\`.`,
    );
  }
}

function checkBuckets(at: string, { type, buckets }: AnyMetric): void {
  if (buckets === undefined) return;
  if (type !== 'histogram')
    throw new SignalboxError(`${at} is a ${type} and has buckets. Only a 'histogram' has; leave them out.`);
  const bounds: readonly unknown[] = Array.isArray(buckets) ? buckets : [];
  const rising = bounds.every(
    (b, i) => Number.isFinite(b) && (i === 0 || (b as number) > (bounds[i - 1] as number)),
  );
  if (bounds.length === 0 || !rising) {
    const text = Array.isArray(buckets) ? `[${bounds.map(shown).join(', ')}]` : shown(buckets);
    throw new SignalboxError(`${at} has the buckets ${text}. Give ascending finite numbers.`);
  }
}

function fieldOf(fields: Fields, name: unknown): Field<unknown> | undefined {
  return typeof name === 'string' && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function noField(name: unknown, fields: Fields): string {
  const known = Object.keys(fields);
  return `${shown(name)}, which is no field of the signal.${typeof name === 'string' ? didYouMean(name, known) : ''} Its fields: ${known.join(', ') || 'none'}.`;
}
