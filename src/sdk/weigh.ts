import { weightOf, weightOfValue } from '../emission/weight.js';

/** Estimated bytes of the SDK's own parts of a span or a record: ids, times, context, lists. */
const SDK_OBJECT = 600;

interface Weighed {
  readonly name?: unknown;
  readonly status?: { readonly message?: unknown };
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly body?: unknown;
}

/** Estimated bytes of a finished span of an SDK. A span that can not be read counts as an empty one. */
export function weightOfSpan(span: object): number {
  try {
    const { name, status, attributes = {}, events = [], links = [] } = span as Weighed;
    let bytes = SDK_OBJECT + weightOf(attributes) + weightOfValue(name) + weightOfValue(status?.message);
    for (const event of events) bytes += weightOf(event.attributes ?? {});
    for (const link of links) bytes += weightOf(link.attributes ?? {});
    return bytes;
  } catch {
    return SDK_OBJECT;
  }
}

/** Estimated bytes of a log record of an SDK. */
export function weightOfRecord(record: object): number {
  try {
    const { attributes = {}, body } = record as Weighed;
    return SDK_OBJECT + weightOf(attributes) + weightOfValue(body);
  } catch {
    return SDK_OBJECT;
  }
}
