import type { OtlpAttribute, OtlpBody, OtlpLog, OtlpValue } from '../../support/otlp-json.js';

const MOST_NANOS = 2n ** 63n - 1n;
const MOST_SEVERITY = 24;
const NOTHING = /^0*$/;

/**
 * What a request of log records has otherwise than OTLP and the semantic conventions ask for, a sentence each. That the bytes are messages
 * of OTLP is checked before: this is about what they say.
 */
export function faultsOfLogs({ resourceLogs = [] }: OtlpBody): string[] {
  const faults: string[] = [];
  if (resourceLogs.length === 0) faults.push('a request without records');
  for (const { resource, scopeLogs = [] } of resourceLogs) {
    const attributes = resource?.attributes ?? [];
    faults.push(...ofAttributes('a resource', attributes));
    const service = attributes.find(({ key }) => key === 'service.name')?.value?.stringValue;
    if (!service) faults.push('a resource without service.name');
    for (const { scope, logRecords = [] } of scopeLogs) {
      faults.push(...ofAttributes('a scope', scope?.attributes ?? []));
      if (!scope?.name) faults.push(`a scope of ${service} without a name`);
      if (logRecords.length === 0) faults.push(`the scope ${scope?.name} without records`);
      for (const log of logRecords) faults.push(...ofRecord(log));
    }
  }
  return faults;
}

function ofRecord(log: OtlpLog): string[] {
  const about = `the record ${log.eventName || JSON.stringify(log.body?.stringValue ?? '')}`;
  const { traceId = '', spanId = '', severityNumber = 0, attributes = [] } = log;
  const faults = [
    ...ofTime(log.timeUnixNano, 'time_unix_nano'),
    ...ofTime(log.observedTimeUnixNano, 'observed_time_unix_nano'),
    ...ofId(traceId, 32, 'trace_id'),
    ...ofId(spanId, 16, 'span_id'),
  ];
  if (spanId !== '' && traceId === '') faults.push('has a span_id and no trace_id');
  if (severityNumber > MOST_SEVERITY) faults.push(`has the severity_number ${severityNumber}`);
  if (log.body === undefined) faults.push('has no body');
  else faults.push(...ofValue('its body', log.body).map((text) => `says that ${text}`));
  return [...faults.map((text) => `${about} ${text}`), ...ofAttributes(about, attributes)];
}

function ofTime(nanos: string | undefined, field: string): string[] {
  if (nanos === undefined || nanos === '0') return [`has no ${field}`];
  return BigInt(nanos) > MOST_NANOS ? [`has the ${field} ${nanos}, which 63 bits do not hold`] : [];
}

function ofId(id: string, digits: number, field: string): string[] {
  if (id === '') return [];
  if (id.length !== digits) return [`has a ${field} of ${id.length / 2} bytes, not ${digits / 2}`];
  return NOTHING.test(id) ? [`has a ${field} of zeros`] : [];
}

function ofAttributes(about: string, attributes: readonly OtlpAttribute[]): string[] {
  const faults: string[] = [];
  const keys = new Set<string>();
  for (const { key, value } of attributes) {
    if (!key) faults.push(`${about} has an attribute without a key`);
    if (keys.has(key)) faults.push(`${about} has the attribute ${key} twice`);
    keys.add(key);
    faults.push(...ofValue(`the attribute ${key}`, value).map((text) => `${about}: ${text}`));
  }
  return faults;
}

/** One kind of value each, and none of nothing: a value that is not there is left out. */
function ofValue(what: string, value: OtlpValue | undefined): string[] {
  const kinds = Object.keys(value ?? {});
  if (kinds.length !== 1) return [`${what} has ${kinds.length === 0 ? 'no value' : kinds.join(' and ')}`];
  return [
    ...(value?.arrayValue?.values ?? []).flatMap((inner) => ofValue(`an item of ${what}`, inner)),
    ...ofAttributes(what, value?.kvlistValue?.values ?? []),
  ];
}
