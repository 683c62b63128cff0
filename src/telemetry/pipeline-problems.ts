import type { Report } from '../delivery/report.js';
import type { AnyMetric } from '../signal/metric.js';
import { rootContext } from './context-manager.js';
import type { LoggerLike } from './log-record.js';
import { isDisabled } from './log-record.js';
import { named } from './name-list.js';
import type { Providers } from './providers.js';
import type { SpansSeen } from './sampler-check.js';
import { SCOPE } from './scope.js';
import { unheard } from './shared-observable.js';

const INFO = 9;
const FATAL = 21;

/** Private fields of the SDKs of both lines. If a field is missing, nothing follows from that. */
interface Held {
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: unknown };
  readonly _sharedState?: {
    readonly metricCollectors?: unknown;
    readonly processors?: unknown;
    readonly registeredLogRecordProcessors?: unknown;
    readonly viewRegistry?: { findViews(instrument: object, scope: object): readonly View[] };
  };
  readonly _sampler?: unknown;
}

interface View {
  readonly aggregation: { createAggregator(instrument: object): { readonly kind: unknown } };
}

/** The kind of an SDK's aggregator that drops its input. */
const DROP = 0;

/** Sentences on pipelines of the app that exist and lead nowhere. Only what is certain. */
export function deadEnds(
  providers: Providers,
  seen: SpansSeen,
  metrics: readonly AnyMetric[],
  report?: Report,
): string[] {
  const { logger, tracer, meter } = providers.handles();
  const { tracer: tracing, meter: metering, logger: logging } = providers.found() as Record<string, Held>;
  return [
    ...(logger ? quietLogs(logger, logging, report) : []),
    ...(tracer ? quietSpans(tracer, tracing, seen) : []),
    ...(isEmpty(() => metering?._sharedState?.metricCollectors)
      ? ['metrics: the MeterProvider has no metric reader: measurements go nowhere; give it one']
      : []),
    ...named(
      metrics.filter((metric) => isDropped(metric, metering)).map(({ name }) => name),
      (names) => `metrics: a view of the MeterProvider drops ${names}; have it select others`,
    ),
    ...named(
      meter ? unheard(meter) : [],
      (names) =>
        `metrics: the MeterProvider does not wait for callbacks, and loses what ${names} report late; declare exporters of metrics and make them \`otherTelemetry\``,
    ),
  ];
}

// If views select an instrument, they alone decide about it.
function isDropped(metric: AnyMetric, provider: Held | undefined): boolean {
  const instrument = { unit: '', ...metric, type: metric.type.toUpperCase() };
  return isEmpty(() => {
    const views = provider?._sharedState?.viewRegistry?.findViews(instrument, SCOPE);
    return views?.[0] && views.filter((view) => view.aggregation.createAggregator(instrument).kind !== DROP);
  });
}

function quietLogs(logger: LoggerLike, provider: Held | undefined, report?: Report): string[] {
  const context = rootContext(report);
  const off = (severityNumber: number): boolean => isDisabled(logger, { context, severityNumber });
  if (off(FATAL))
    return [
      'logs: the LoggerProvider takes no records, and each is counted `disabled`: it has no log record processor, was shut down, or disables the logger `signalbox`; give it one that exports, as by OTEL_LOGS_EXPORTER',
    ];
  if (off(INFO))
    return [
      'logs: the LoggerProvider takes no records of severity info, and each is counted `disabled`; lower its minimum severity for the logger `signalbox`',
    ];
  // SDKs before 2.1 hand such records to nobody, but say that they are wanted.
  const held = provider?._sharedState;
  return isEmpty(() => held?.processors ?? held?.registeredLogRecordProcessors)
    ? ['logs: the LoggerProvider has no log record processor: records go nowhere; give it one that exports']
    : [];
}

function quietSpans(tracer: object, provider: Held | undefined, seen: SpansSeen): string[] {
  const sampler = samplerOf(tracer);
  if (sampler?.startsWith('AlwaysOffSampler'))
    return [`spans: the sampler (${sampler}) records no span; choose another, as by OTEL_TRACES_SAMPLER`];
  if (seen.noneOf !== undefined)
    return [
      `spans: none of the ${seen.noneOf} spans that were started here is recorded: the sampler${sampler ? ` (${sampler})` : ''} takes none, or their parents were not sampled; choose another, as by OTEL_TRACES_SAMPLER`,
    ];
  if (isEmpty(() => provider?._activeSpanProcessor?._spanProcessors))
    return ['spans: the TracerProvider has no span processor: spans go nowhere; give it one that exports'];
  return [];
}

function samplerOf(tracer: object): string | undefined {
  try {
    const sampler = (tracer as Held)._sampler;
    return sampler === undefined ? undefined : String(sampler);
  } catch {
    return undefined;
  }
}

function isEmpty(list: () => unknown): boolean {
  try {
    const found = list();
    return Array.isArray(found) && found.length === 0;
  } catch {
    return false;
  }
}
