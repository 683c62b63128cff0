import type { Core, WithCore } from '../box/core.js';
import { coreOf } from '../box/core.js';
import { environment } from '../signal/environment.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Instrumentation } from '../telemetry/instrumentation.js';
import { OTEL } from '../telemetry/otel.js';
import type { MetricReaderLike } from './app-metric-reader.js';
import { batchSpanProcessor } from './batch-span-processor.js';
import type { SpanExporterLike } from './exporter-like.js';
import type { LogRecordProcessorLike } from './log-router.js';
import { logRouter } from './log-router.js';
import type { SpanProcessorLike } from './span-processor.js';
import { isProcessorOf, spanProcessor } from './span-processor.js';

/** The options of NodeSDK that matter here; all others pass through. */
export interface NodeSdkOptions {
  readonly instrumentations?: readonly unknown[];
  readonly traceExporter?: unknown;
  readonly spanProcessor?: unknown;
  readonly spanProcessors?: readonly unknown[];
  readonly logRecordProcessor?: unknown;
  readonly logRecordProcessors?: readonly unknown[];
  readonly metricReader?: unknown;
  readonly metricReaders?: readonly unknown[];
  /** Views of metrics. They also apply to the instruments of signals, in destinations that have no views of their own. */
  readonly views?: readonly unknown[];
}

/** What {@link nodeSdk} adds: only what the box's destinations need. */
export interface AddedOptions {
  readonly instrumentations: Instrumentation[];
  readonly spanProcessors?: SpanProcessorLike[];
  readonly logRecordProcessors?: LogRecordProcessorLike[];
  readonly metricReaders?: MetricReaderLike[];
}

type Added = { -readonly [K in keyof AddedOptions]: unknown[] };

/**
 * The app's NodeSDK options with what the box needs added; nothing of the app's is switched off. If the destination of other
 * telemetry takes spans, logs or metrics, it replaces the exporters that NodeSDK would build from an empty environment.
 *
 * @param box What `createSignalbox` returned.
 * @param options The app's own options, of either SDK line.
 * @returns Options for `new NodeSDK(…)`.
 * @throws {SignalboxError} If options contradict each other, or would switch off what the environment asks for. The message names the
 * option and the fix.
 * @see https://opentelemetry.io/docs/languages/js/getting-started/nodejs/
 *
 * @example
 * ```ts
 * import { NodeSDK } from '@opentelemetry/sdk-node';
 * import { createSignalbox } from 'signalbox';
 * import { nodeSdk } from 'signalbox/sdk';
 *
 * const box = createSignalbox();
 * const sdk = new NodeSDK(nodeSdk(box, { serviceName: 'shop' }));
 * ```
 */
export function nodeSdk<O extends object = Record<never, never>>(
  box: WithCore,
  options?: O & NodeSdkOptions,
): O & AddedOptions {
  const core = coreOf('nodeSdk', box);
  const given: NodeSdkOptions = options ?? {};
  checkConflicts(given);
  const { traceExporter, spanProcessor: single, logRecordProcessor, metricReader, ...rest } = given;
  const added: Added = { instrumentations: [...(given.instrumentations ?? []), core.instrumentation()] };
  const takes = core.channels.get(core.otherTelemetry);
  const kept: Record<string, unknown> = { ...rest };

  if ([...core.channels.values()].some((takes) => takes.has('spans'))) {
    const own =
      given.spanProcessors ??
      listOf(single) ??
      listOf(traceExporter)?.map((e) => batchSpanProcessor(e as SpanExporterLike));
    if (!own) checkEnvironment('OTEL_TRACES_EXPORTER', 'traceExporter', takes?.has('spans') ?? false);
    const theirs = (own ?? []).filter((processor) => !isProcessorOf(core, processor));
    added.spanProcessors = [...theirs, spanProcessor(box)];
  } else Object.assign(kept, present({ traceExporter, spanProcessor: single }));

  if (core.otherTelemetry !== 'otel' && takes?.has('logs')) {
    const own = given.logRecordProcessors ?? listOf(logRecordProcessor);
    if (!own) checkEnvironment('OTEL_LOGS_EXPORTER', 'logRecordProcessors', true);
    added.logRecordProcessors = [...(own ?? []), logRouter(core)];
  } else Object.assign(kept, present({ logRecordProcessor }));

  if (given.views) for (const port of core.ports.values()) port.views?.(given.views as readonly object[]);
  const reader = readerOf(core);
  if (reader) {
    const own = given.metricReaders ?? listOf(metricReader);
    if (!own) checkEnvironment('OTEL_METRICS_EXPORTER', 'metricReaders', true);
    added.metricReaders = [...(own ?? []), reader];
  } else Object.assign(kept, present({ metricReader }));

  return { ...kept, ...added } as O & AddedOptions;
}

function readerOf(core: Core): object | undefined {
  if (!core.enabled()) return undefined;
  return core.ports.get(core.otherTelemetry)?.reader?.(
    (resource) => core.resource.saw(resource as never),
    (instrument) => core.takesInstrument(OTEL, instrument),
  );
}

const SAME: readonly (readonly [keyof NodeSdkOptions, keyof NodeSdkOptions])[] = [
  ['traceExporter', 'spanProcessors'],
  ['traceExporter', 'spanProcessor'],
  ['spanProcessor', 'spanProcessors'],
  ['logRecordProcessor', 'logRecordProcessors'],
  ['metricReader', 'metricReaders'],
];

const LISTS: readonly (keyof NodeSdkOptions)[] = [
  'instrumentations',
  'spanProcessors',
  'logRecordProcessors',
  'metricReaders',
  'views',
];

function checkConflicts(options: NodeSdkOptions): void {
  for (const name of LISTS) {
    const given: unknown = options[name];
    if (given === undefined || Array.isArray(given)) continue;
    throw new SignalboxError(`nodeSdk: ${name} is ${shown(given)}. Give a list.`);
  }
  for (const [ignored, used] of SAME) {
    if (options[ignored] === undefined || options[used] === undefined) continue;
    throw new SignalboxError(
      `nodeSdk: both ${ignored} and ${used} are given, and NodeSDK ignores ${ignored} then. Put it into ${used}, or leave one out.`,
    );
  }
}

/** A list in the options switches off what NodeSDK builds from the environment. This check throws if the app relies on that. */
function checkEnvironment(variable: string, option: string, replaced: boolean): void {
  const env = environment();
  const value = env[variable]?.trim();
  if (value === 'none' || (value === undefined && replaced) || (value === '' && replaced)) return;
  const what = value
    ? `${variable} is '${value}'`
    : `NodeSDK builds exporters from the environment where ${option} is not given`;
  throw new SignalboxError(
    `nodeSdk: ${what}, which the box's destinations would switch off. Give ${option} in the options, or set ${variable}=none.`,
  );
}

function listOf(value: unknown): unknown[] | undefined {
  return value === undefined ? undefined : [value];
}

function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
