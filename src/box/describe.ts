import type { Channel } from '../delivery/account.js';
import type { CheckedRoute } from '../routing/route.js';
import { registry } from '../telemetry/globals.js';
import { named } from '../telemetry/name-list.js';
import { OTEL } from '../telemetry/otel.js';
import { deadEnds } from '../telemetry/pipeline-problems.js';
import type { BoxPoints } from '../telemetry/point-marks.js';
import { BOX } from '../telemetry/point-marks.js';
import type { Providers } from '../telemetry/providers.js';
import type { Parts } from './assemble.js';
import { PROBLEMS } from './core.js';

/** The destinations, routes and levels of a box, and their problems. `String(description)` is the text. */
export interface Description {
  readonly destinations: readonly {
    readonly name: string;
    readonly kind: string;
    readonly channels: readonly Channel[];
  }[];
  readonly routes: readonly string[];
  /** Levels by pattern, as in `JOB_* at least warn`. Empty if no level is set. */
  readonly levels: readonly string[];
  /** One sentence for each thing that is not wired or leads nowhere. Empty if there is no problem. */
  readonly problems: readonly string[];
  /** Sentences that are good to know and need no action. */
  readonly notes: readonly string[];
  readonly toString: () => string;
}

type State = 'open' | 'closed' | 'disabled';

export function describe(parts: Parts, state: State): Description {
  const routed = parts.router.routes.some(({ to }) => to.includes(OTEL));
  const problems = [
    ...stateOf(state),
    ...(routed
      ? [
          ...unregistered(parts.providers),
          ...deadEnds(
            parts.providers,
            parts.spansSeen,
            parts.emitter.signals.flatMap(({ metrics }) => metrics),
            parts.report,
          ),
        ]
      : []),
    ...losses(parts),
    ...problemsAbove(parts),
    ...idleDestinations(parts),
    ...homelessMetrics(parts),
    ...homelessGauges(parts, routed),
    ...parts.router.idlePatterns(),
    ...parts.router.idleLevels(),
  ];
  const destinations = [...parts.described].map(([name, wired]) => ({ name, ...wired }));
  const routes = parts.router.routes.map(routeText);
  const levels = parts.router.levels.all.map(([pattern, level]) =>
    level === 'off' ? `${pattern} off` : `${pattern} at least ${level}`,
  );
  const notes = markedPoints(parts.points);
  const text = (): string => {
    const said = destinations.map((d) => `${d.name} (${d.kind}): ${d.channels.join(', ')}`);
    return Object.entries({ destinations: said, routes, levels, problems, notes })
      .flatMap(([part, lines]) => (lines.length > 0 ? [part, ...lines.map((line) => `  ${line}`)] : []))
      .join('\n');
  };
  return Object.freeze({ destinations, routes, levels, problems, notes, toString: text });
}

function stateOf(state: State): string[] {
  if (state === 'open') return [];
  return [
    state === 'closed'
      ? 'The box is shut down: every emit is counted `closed`.'
      : 'The box is disabled: every emit is a no-op.',
  ];
}

// Points are marked if another box of the process exports the same instrument.
function markedPoints({ marked, number }: BoxPoints): string[] {
  return named(
    marked,
    (names) =>
      `metrics: points of ${names} carry \`${BOX}\` = ${number}, for another box of this process exports the same instruments, or did; sum over it`,
  );
}

// Sinks take no metrics: the instruments of signals that are routed to sinks alone lead nowhere.
function homelessMetrics({ emitter }: Parts): string[] {
  return named(
    emitter.signals
      .filter(({ metrics }) => metrics.length > 0 && !metrics.some(({ name }) => emitter.isTaken(name)))
      .map(({ name }) => name),
    (names) =>
      `metrics: those of ${names} go nowhere: no route takes these signals to 'otel' or to exporters of metrics`,
  );
}

// Metrics that no signal feeds (depths, workers, the accounts) go only to the destination of other telemetry, which is easily forgotten.
function homelessGauges({ described, otherTelemetry, providers }: Parts, routed: boolean): string[] {
  const taking = [...described].filter(([, { channels }]) => channels.includes('metrics'));
  const others = taking.map(([name]) => name).filter((name) => name !== otherTelemetry && name !== OTEL);
  const isTaken =
    otherTelemetry === OTEL
      ? providers.handles().meter !== undefined
      : taking.some(([name]) => name === otherTelemetry);
  // If a route leads to `otel`, another problem already names the missing MeterProvider.
  if (isTaken || (others.length === 0 && routed && otherTelemetry === OTEL)) return [];
  const fix =
    others.length > 0
      ? `give \`otherTelemetry: '${others[0]}'\``
      : 'start an OpenTelemetry SDK with a metric reader, or declare exporters of metrics and make them `otherTelemetry`';
  return [
    `gauges: those of queues, workers and the box itself go to \`otherTelemetry\`, and '${otherTelemetry}' takes no metrics here; ${fix}`,
  ];
}

// Problems of the layers above, such as `signalbox/jobs`.
function problemsAbove({ sharedAbove }: Parts): readonly string[] {
  return (sharedAbove.get(PROBLEMS) as (() => readonly string[]) | undefined)?.() ?? [];
}

function idleDestinations({ described, router, otherTelemetry, spanRoutes }: Parts): string[] {
  const routed = new Set([OTEL, otherTelemetry, ...router.routes.flatMap((route) => route.to)]);
  const found: string[] = [];
  for (const [name, { channels }] of described) {
    const problem = channels.includes('spans') ? spanRoutes.problemOf(name) : undefined;
    if (!routed.has(name))
      found.push(`destinations: no route leads to '${name}', which gets nothing; add one, or leave it out`);
    else if (problem) found.push(problem);
  }
  return found;
}

function unregistered(providers: Providers): string[] {
  const { logger, meter, tracer } = providers.handles();
  const api = registry();
  const start = (what: string, kind: string): string =>
    `no ${what}Provider is registered; start an OpenTelemetry SDK with a ${kind} pipeline, or pass \`box.instrumentation()\` to it`;
  const found: string[] = [];
  if (!logger) found.push(`logs: ${start('Logger', 'log')}`);
  if (!tracer) found.push(`spans: ${start('Tracer', 'span')}`);
  if (!meter) found.push(`metrics: ${start('Meter', 'metric')}`);
  if (!api?.context)
    found.push(
      'context: no ContextManager is registered, and signals find no active span; start an OpenTelemetry SDK with one, as NodeSDK',
    );
  // The copy of the api that registers first fixes the version, even if it registers only a diag logger. If that copy has the SDK's
  // context manager, the SDK registers with it, and its traces are off.
  if (!tracer && api && !api.context && Object.keys(api).length > 1)
    found.push(
      `api: @opentelemetry/api ${api.version} registered first, so no other version of it can register; have one copy, see \`npm ls @opentelemetry/api\``,
    );
  return found;
}

// Emissions lost before there was a provider, and those lost by the box's exporters.
function losses({ ledger, described, providers }: Parts): string[] {
  const { logger, meter } = providers.handles();
  return [...ledger.counts()].flatMap(([name, channel, { dropped, failed }]) => {
    const { no_provider: early, refused = 0 } = dropped;
    const lost = failed + refused;
    if (early && (channel === 'logs' ? logger : meter))
      return `${channel}: ${early} came before a provider was registered and are lost; start the SDK first, as with \`node --import\``;
    return lost > 0 && described.get(name)?.kind === 'exporters'
      ? `${channel}: '${name}' lost ${lost} that its exporter refused, or did not answer; \`npx signalbox doctor --endpoint URL\` says why (4317 is gRPC, 4318 HTTP)`
      : [];
  });
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
