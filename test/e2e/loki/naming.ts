import type { OtlpAttribute, OtlpResource, OtlpValue } from '../../support/otlp-json.js';
import type { Entry } from '../logql/entry.js';
import { underscored } from '../read/keys.js';
import type { RecordedLog } from './recorded-log.js';

type Labels = Record<string, string>;

/** By the severity number: 1 to 4 trace, 5 to 8 debug, … */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * What Loki makes of a record by its documented rules: attributes of the resource that are index labels name the stream, everything else
 * is structured metadata, under names that have underscores for whatever is no letter or digit.
 */
export function entryOf({ resource, scope, log }: RecordedLog, indexLabels: readonly string[]): Entry {
  const { traceId, spanId, severityNumber = 0, severityText, observedTimeUnixNano, flags = 0 } = log;
  const metadata: Labels = {
    ...ofResource(resource, indexLabels).metadata,
    ...labelsOf(scope.attributes ?? []),
    ...present({
      scope_name: scope.name,
      scope_version: scope.version,
      observed_timestamp: observedTimeUnixNano,
      severity_number: severityNumber === 0 ? undefined : String(severityNumber),
      severity_text: severityText,
      dropped_attributes_count: log.droppedAttributesCount ? String(log.droppedAttributesCount) : undefined,
      flags: flags === 0 ? undefined : String(flags),
      trace_id: traceId,
      span_id: spanId,
    }),
    ...labelsOf(log.attributes ?? []),
    detected_level: LEVELS[Math.ceil(severityNumber / 4) - 1] ?? 'unknown',
  };
  return {
    time: BigInt(log.timeUnixNano),
    line: textOf(log.body),
    stream: ofResource(resource, indexLabels).stream,
    metadata,
  };
}

type ResourceLabels = Readonly<Record<'stream' | 'metadata', Labels>>;
/** A resource comes with all the records of its request. */
const known = new WeakMap<OtlpResource, ResourceLabels>();

function ofResource(resource: OtlpResource, indexLabels: readonly string[]): ResourceLabels {
  const found = known.get(resource);
  if (found !== undefined) return found;
  const { attributes = [] } = resource;
  const isIndexed = ({ key }: OtlpAttribute): boolean => indexLabels.includes(key);
  const labels = {
    stream: labelsOf(attributes.filter(isIndexed)),
    metadata: labelsOf(attributes.filter((one) => !isIndexed(one))),
  };
  known.set(resource, labels);
  return labels;
}

/** The name of a label: of a digit at its begin Loki makes no name. */
export function labelName(key: string): string {
  const name = underscored(key);
  return /^\d/.test(name) ? `key_${name}` : name;
}

function labelsOf(attributes: readonly OtlpAttribute[], prefix = ''): Labels {
  const labels: Labels = {};
  for (const { key, value } of attributes) {
    const name = prefix === '' ? labelName(key) : `${prefix}_${underscored(key)}`;
    // What is within a map becomes labels by itself.
    if (value.kvlistValue !== undefined)
      Object.assign(labels, labelsOf(value.kvlistValue.values ?? [], name));
    else labels[name] = textOf(value);
  }
  return labels;
}

function textOf(value: OtlpValue | undefined): string {
  const { stringValue, intValue, doubleValue, boolValue, bytesValue } = value ?? {};
  if (value?.arrayValue !== undefined || value?.kvlistValue !== undefined)
    return JSON.stringify(plain(value));
  if (bytesValue !== undefined) return Buffer.from(bytesValue, 'hex').toString('base64');
  return String(stringValue ?? intValue ?? doubleValue ?? boolValue ?? '');
}

function plain({ arrayValue, kvlistValue, ...scalar }: OtlpValue): unknown {
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(plain);
  if (kvlistValue !== undefined)
    return Object.fromEntries((kvlistValue.values ?? []).map(({ key, value }) => [key, plain(value)]));
  return scalar.intValue === undefined
    ? (scalar.stringValue ?? scalar.doubleValue ?? scalar.boolValue ?? scalar.bytesValue)
    : Number(scalar.intValue);
}

function present(labels: Readonly<Record<string, string | undefined>>): Labels {
  const entries = Object.entries(labels).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries);
}
