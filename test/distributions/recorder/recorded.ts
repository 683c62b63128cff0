/** A span, as far as any protocol here tells of it. */
export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The names of its events. */
  readonly events: readonly string[];
  readonly failed: boolean;
}

/** A log record. */
export interface RecordedLog {
  readonly body: string;
  readonly eventName: string | undefined;
  readonly traceId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The last state of a series. */
export interface RecordedMetric {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a histogram: how many values it has. */
  readonly value: number;
}

/** All that a distribution sent. */
export interface Recorded {
  readonly spans: readonly RecordedSpan[];
  readonly logs: readonly RecordedLog[];
  readonly metrics: readonly RecordedMetric[];
}

export const NOTHING: Recorded = { spans: [], logs: [], metrics: [] };

export function together(parts: readonly Partial<Recorded>[]): Recorded {
  return {
    spans: parts.flatMap(({ spans = [] }) => spans),
    logs: parts.flatMap(({ logs = [] }) => logs),
    metrics: parts.flatMap(({ metrics = [] }) => metrics),
  };
}
