import type { Report } from '../delivery/report.js';
import { rootContext } from './globals.js';
import type { LoggerLike } from './log-record.js';
import { isDisabled } from './log-record.js';
import type { Providers } from './providers.js';
import type { SpansSeen } from './spans-seen.js';

const INFO = 9;
const FATAL = 21;

/** What the SDKs of both lines keep in private fields: read where it is there, and taken for nothing where it is not. */
interface Held {
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: unknown };
  readonly _sharedState?: {
    readonly metricCollectors?: unknown;
    readonly processors?: unknown;
    readonly registeredLogRecordProcessors?: unknown;
  };
  readonly _sampler?: unknown;
}

/** Sentences on pipelines of the app's that are there and lead nowhere: only what can be known for certain. */
export function deadEnds(providers: Providers, seen: SpansSeen, report?: Report): string[] {
  const { logger, tracer } = providers.handles();
  const { tracer: tracing, meter: metering, logger: logging } = providers.found();
  return [
    ...(logger ? quietLogs(logger, logging, report) : []),
    ...(tracer ? quietSpans(tracer, tracing, seen) : []),
    ...(isEmpty(() => (metering as Held | undefined)?._sharedState?.metricCollectors)
      ? ['metrics: the MeterProvider has no metric reader: measurements go nowhere; give it one']
      : []),
  ];
}

function quietLogs(logger: LoggerLike, provider: object | undefined, report?: Report): string[] {
  const context = rootContext(report);
  const off = (severityNumber: number): boolean => isDisabled(logger, { context, severityNumber });
  if (off(FATAL))
    return [
      'logs: the LoggerProvider takes no records (its logger is disabled), and each is counted `disabled`: it has no log record processor, was shut down, or its configuration disables the logger `signalbox`; give it a processor that exports (in NodeSDK `logRecordProcessors`, or OTEL_LOGS_EXPORTER)',
    ];
  if (off(INFO))
    return [
      'logs: the LoggerProvider takes no records of severity info, and each is counted `disabled`: lower the minimum severity that it is configured with for the logger `signalbox`',
    ];
  // The SDKs before 2.1 hand such records to nobody, and say that they are wanted.
  const held = (provider as Held | undefined)?._sharedState;
  return isEmpty(() => held?.processors ?? held?.registeredLogRecordProcessors)
    ? ['logs: the LoggerProvider has no log record processor: records go nowhere; give it one that exports']
    : [];
}

function quietSpans(tracer: object, provider: object | undefined, seen: SpansSeen): string[] {
  const sampler = samplerOf(tracer);
  if (sampler?.startsWith('AlwaysOffSampler'))
    return [
      'spans: the sampler (AlwaysOffSampler) records no span; choose another, as by OTEL_TRACES_SAMPLER',
    ];
  if (seen.noneOf !== undefined)
    return [
      `spans: none of the ${seen.noneOf} spans that were started here is recorded: the sampler${sampler ? ` (${sampler})` : ''} takes none, or what they belong to was not sampled`,
    ];
  if (isEmpty(() => (provider as Held | undefined)?._activeSpanProcessor?._spanProcessors))
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
