/** OTLP's JSON, as far as it is read here. */
export interface OtlpBody {
  readonly resourceSpans?: readonly {
    readonly resource?: OtlpResource;
    readonly scopeSpans: readonly OtlpScope[];
  }[];
  readonly resourceLogs?: readonly {
    readonly resource?: OtlpResource;
    readonly scopeLogs: readonly OtlpScope[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource?: OtlpResource;
    readonly scopeMetrics: readonly OtlpScope[];
  }[];
}

export interface OtlpResource {
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpInstrumentationScope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpScope {
  readonly scope?: OtlpInstrumentationScope;
  readonly spans?: readonly OtlpSpan[];
  readonly logRecords?: readonly OtlpLog[];
  readonly metrics?: readonly OtlpMetric[];
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes?: readonly OtlpAttribute[];
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: readonly OtlpAttribute[];
  }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface OtlpLog {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: OtlpValue;
  readonly attributes?: readonly OtlpAttribute[];
  readonly droppedAttributesCount?: number;
  readonly flags?: number;
}

interface OtlpData {
  readonly dataPoints: readonly OtlpPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: OtlpData;
  readonly gauge?: OtlpData;
  readonly histogram?: OtlpData;
}

export interface OtlpPoint {
  readonly attributes?: readonly OtlpAttribute[];
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: number | string;
  readonly count?: number | string;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

export interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] };
  /** Base64, or hexadecimal where protobuf was read. */
  readonly bytesValue?: string;
}

/** Attributes by their keys. */
export type Attributes = Record<string, unknown>;

export function attributesOf(list: readonly OtlpAttribute[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, readValue(value)]));
}

export function readValue(value: OtlpValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
