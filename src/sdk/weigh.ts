import { weightOf, weightOfValue } from '../emission/weight.js';

/** What the SDK's own parts of a span or a record take, roughly: ids, times, context, the lists. */
const SDK_OBJECT = 600;

interface Weighed {
  readonly name?: unknown;
  readonly status?: { readonly message?: unknown };
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly body?: unknown;
}

/** The memory of a finished span of an SDK, roughly. One that can not be looked at counts as an empty one. */
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

/** The memory of a log record of an SDK, roughly. */
export function weightOfRecord(record: object): number {
  try {
    const { attributes = {}, body } = record as Weighed;
    return SDK_OBJECT + weightOf(attributes) + weightOfValue(body);
  } catch {
    return SDK_OBJECT;
  }
}
