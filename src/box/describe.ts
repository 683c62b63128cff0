import type { Channel } from '../delivery/account.js';
import type { Report } from '../delivery/report.js';
import type { CheckedRoute } from '../routing/route.js';
import type { AnySignal } from '../signal/signal.js';
import type { BoxPoints } from '../telemetry/box-points.js';
import { BOX } from '../telemetry/box-points.js';
import { deadEnds } from '../telemetry/dead-ends.js';
import { registry } from '../telemetry/globals.js';
import { OTEL } from '../telemetry/otel.js';
import type { Propagation } from '../telemetry/propagation.js';
import { missingPropagator, SILENT_PROPAGATOR } from '../telemetry/propagation.js';
import type { Providers } from '../telemetry/providers.js';
import type { SpansSeen } from '../telemetry/spans-seen.js';

/** What is wired, and its problems. `String(description)` is the text. */
export interface Description {
  readonly destinations: readonly {
    readonly name: string;
    readonly kind: string;
    readonly channels: readonly Channel[];
  }[];
  readonly routes: readonly string[];
  /** Sentences on what is not wired, or goes nowhere; empty where all is well. */
  readonly problems: readonly string[];
  /** Sentences on what is as it should be, and good to know. */
  readonly notes: readonly string[];
  readonly toString: () => string;
}

/** How many signals a sentence names. */
const NAMED = 6;

/** What there is to describe. */
export interface Described {
  readonly destinations: ReadonlyMap<
    string,
    { readonly kind: string; readonly channels: readonly Channel[] }
  >;
  readonly routes: readonly CheckedRoute[];
  /** The destination of other telemetry. */
  readonly otherTelemetry: string;
  readonly providers: Providers;
  readonly routed: boolean;
  readonly idlePatterns: readonly string[];
  readonly spansSeen: SpansSeen;
  /** Whether something hands spans to the destinations that take them. */
  readonly spansHandedOver: boolean;
  /** What jobs carry where there is no propagator; nothing where the box has no jobs. */
  readonly propagation: Propagation | undefined;
  /** The propagator that told a job nothing of its span, if one did. */
  readonly silentPropagator: unknown;
  readonly report: Report;
  /** The signals that the box knows. */
  readonly signals: readonly AnySignal[];
  /** Whether a destination of metrics is routed a signal. */
  readonly measured: (signal: AnySignal) => boolean;
  readonly state: 'open' | 'closed' | 'disabled';
  /** Which points of the box say that they are of it. */
  readonly points: BoxPoints;
}

export function describe(parts: Described): Description {
  const problems: string[] = [];
  if (parts.state !== 'open')
    problems.push(
      parts.state === 'closed'
        ? 'The box is shut down: every emit is counted `closed`.'
        : 'The box is disabled: every emit is a no-op.',
    );
  if (parts.routed)
    problems.push(
      ...unregistered(parts.providers),
      ...deadEnds(parts.providers, parts.spansSeen, parts.report),
    );
  problems.push(...lostOnTheWay(parts));
  problems.push(...idleDestinations(parts));
  problems.push(...homelessMetrics(parts));
  problems.push(...homelessGauges(parts));
  problems.push(...parts.idlePatterns);
  const destinations = [...parts.destinations].map(([name, d]) => ({
    name,
    kind: d.kind,
    channels: d.channels,
  }));
  const routes = parts.routes.map(routeText);
  const notes = markedPoints(parts.points);
  const text = (): string =>
    [
      'destinations',
      ...destinations.map((d) => `  ${d.name} (${d.kind}): ${d.channels.join(', ')}`),
      'routes',
      ...routes.map((r) => `  ${r}`),
      ...(problems.length > 0 ? ['problems', ...problems.map((p) => `  ${p}`)] : []),
      ...(notes.length > 0 ? ['notes', ...notes.map((n) => `  ${n}`)] : []),
    ].join('\n');
  return Object.freeze({ destinations, routes, problems, notes, toString: text });
}

// Where another box of the process has the same instrument.
function markedPoints(points: BoxPoints): string[] {
  const names = points.marked;
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMED).join(', ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [
    `metrics: points of ${shown}${more} carry \`${BOX}\` = ${points.number}, for another box of this process has these instruments too and exports by itself, or did; sum over it`,
  ];
}

// What a sink does not take: the counters and histograms of signals that are routed to sinks alone.
function homelessMetrics({ signals, measured }: Described): string[] {
  const names = signals.filter((s) => s.metrics.length > 0 && !measured(s)).map((s) => s.name);
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMED).join(', ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [
    `metrics: those of ${shown}${more} go nowhere: no route takes these signals to 'otel' or to exporters of metrics`,
  ];
}

// What no signal feeds (depths, workers, the accounts) goes to the destination of other telemetry alone: easily forgotten.
function homelessGauges({ destinations, otherTelemetry, providers, routed }: Described): string[] {
  const taking = [...destinations].filter(([, { channels }]) => channels.includes('metrics'));
  const others = taking.map(([name]) => name).filter((name) => name !== otherTelemetry && name !== OTEL);
  const isTaken =
    otherTelemetry === OTEL
      ? providers.handles().meter !== undefined
      : taking.some(([name]) => name === otherTelemetry);
  // Where `otel` is routed to, the MeterProvider that it has not is told already.
  if (isTaken || (others.length === 0 && routed && otherTelemetry === OTEL)) return [];
  const fix =
    others.length > 0
      ? `give \`otherTelemetry: '${others[0]}'\``
      : 'start an OpenTelemetry SDK with a metric reader, or declare exporters of metrics and make them `otherTelemetry`';
  return [
    `gauges: those of queues, workers and the box itself go to \`otherTelemetry\`, and '${otherTelemetry}' takes no metrics here; ${fix}`,
  ];
}

// Without spans jobs have nothing to carry.
function lostOnTheWay({ propagation, providers, silentPropagator }: Described): string[] {
  if (propagation === undefined || !providers.handles().tracer) return [];
  const propagator = registry()?.propagation;
  if (!propagator) return [`propagation: ${missingPropagator(propagation)}`];
  return propagator === silentPropagator ? [`propagation: ${SILENT_PROPAGATOR}`] : [];
}

function idleDestinations({ destinations, routes, otherTelemetry, spansHandedOver }: Described): string[] {
  const routed = new Set([OTEL, otherTelemetry, ...routes.flatMap((route) => route.to)]);
  const found: string[] = [];
  for (const [name, { channels }] of destinations) {
    if (!routed.has(name))
      found.push(`destinations: no route leads to '${name}', which gets nothing; add one, or leave it out`);
    else if (channels.includes('spans') && !spansHandedOver)
      found.push(
        `spans: '${name}' takes spans, and nothing hands them over: start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)`,
      );
  }
  return found;
}

function unregistered(providers: Providers): string[] {
  const { logger, meter, tracer } = providers.handles();
  const found: string[] = [];
  if (!logger)
    found.push(
      'logs: no LoggerProvider is registered; start an OpenTelemetry SDK with a log pipeline, or pass `box.instrumentation()` to it',
    );
  if (!tracer) found.push('spans: no TracerProvider is registered');
  if (!meter) found.push('metrics: no MeterProvider is registered');
  if (!registry()?.context)
    found.push('context: no ContextManager is registered; signals find the active span through it');
  return found;
}

function routeText(route: CheckedRoute): string {
  const what = [
    ...route.signals.map((s) => s.name),
    ...route.patterns,
    ...route.conditions.map((c) => `${c.signal.name} when …`),
  ];
  const except = [...route.exceptSignals.map((s) => s.name), ...route.exceptPatterns];
  const parts = [what.join(', ')];
  if (route.minSeverity) parts.push(`at least ${route.minSeverity}`);
  if (except.length > 0) parts.push(`except ${except.join(', ')}`);
  if (route.channels) parts.push(`only ${[...route.channels].join(', ')}`);
  if (route.reveal.length > 0) parts.push(`revealing ${route.reveal.join(', ')}`);
  return `${parts.join('; ')} → ${route.to.join(', ')}`;
}
