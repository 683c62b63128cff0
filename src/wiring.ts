import { connection } from './connection.js';
import type { Connection, Destination, Port } from './delivery/destination.js';
import type { Channel } from './delivery/ledger.js';
import type { Report } from './delivery/report.js';
import { createReport } from './delivery/report.js';
import type { SinkFunction } from './delivery/sink.js';
import { sinkDestination } from './delivery/sink-port.js';
import type { ValueRules } from './emission/value.js';
import { Emitter } from './emitter.js';
import type { SignalboxOptions } from './options.js';
import type { Route } from './routing/route.js';
import { Router } from './routing/router.js';
import { levels } from './signal/level.js';
import { didYouMean, SignalboxError, shown } from './signal/problem.js';
import type { AnySignal } from './signal/signal.js';
import { Ledger } from './stats.js';
import { BoxClock } from './telemetry/clock.js';
import { Instruments } from './telemetry/instruments.js';
import { OTEL, Otel } from './telemetry/otel.js';
import { Providers } from './telemetry/providers.js';
import { ResourceFinder } from './telemetry/resource.js';
import { SpanEvents } from './telemetry/span-event.js';
import { SpanRoutes } from './telemetry/span-routes.js';

/** The parts of a box, connected. */
export interface Parts {
  readonly emitter: Emitter;
  readonly router: Router;
  readonly ports: ReadonlyMap<string, Port>;
  readonly ledger: Ledger;
  readonly providers: Providers;
  readonly instruments: Instruments;
  readonly spanRoutes: SpanRoutes;
  readonly resource: ResourceFinder;
  readonly fallback: string;
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clock: BoxClock;
  readonly rules: ValueRules;
  readonly report: Report;
  readonly described: ReadonlyMap<string, { readonly kind: string; readonly channels: readonly Channel[] }>;
}

const OTEL_CHANNELS: readonly Channel[] = ['logs', 'spanEvents', 'metrics'];
const DESTINATION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Checks the options and connects the parts. Throws a {@link SignalboxError} on misuse. */
export function assemble(options: SignalboxOptions<string>): Parts {
  const destinations = checkDestinations(options.destinations ?? {});
  const rules: ValueRules = {
    stringLength: positive('limits.stringLength', options.limits?.stringLength, 4096),
    redactError: options.redactError,
  };
  const depth = positive('limits.emitDepth', options.limits?.emitDepth, 8);
  const spanEvents = options.spanEvents ?? 'direct';
  if (!['direct', 'bridge', 'off'].includes(spanEvents)) {
    throw new SignalboxError(
      `createSignalbox: spanEvents is ${shown(spanEvents)}. Use 'direct', 'bridge' or 'off'.`,
    );
  }
  const described = new Map<string, { kind: string; channels: readonly Channel[] }>([
    [OTEL, { kind: OTEL, channels: OTEL_CHANNELS }],
  ]);
  for (const [name, destination] of destinations)
    described.set(name, { kind: destination.kind, channels: destination.channels });
  const channels = new Map([...described].map(([name, d]) => [name, new Set<string>(d.channels)]));

  const names = [...destinations.keys()];
  const standing: Route | undefined =
    options.routes === undefined ? { signals: '*', to: names.length > 0 ? names : [OTEL] } : undefined;
  const router = new Router(channels, standing);
  for (const route of options.routes ?? []) router.add(route);

  const fallback = checkDefault(options.default ?? OTEL, channels);
  const report = createReport();
  const ledger = new Ledger();
  const providers = new Providers();
  const resource = new ResourceFinder(providers);
  const instruments = new Instruments();
  const clock = new BoxClock();
  const spanNames = [...channels].filter(([, takes]) => takes.has('spans')).map(([name]) => name);
  const spanRoutes = new SpanRoutes(spanNames, fallback, (destination) => {
    const account = ledger.account(destination, 'spans');
    account.routed();
    account.dropped('not_installed');
    report(
      'spans:not_installed',
      `spans are routed to '${destination}', but nothing hands them over: start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)`,
    );
  });
  const ports = new Map<string, Port>([
    [OTEL, new Otel(providers, ledger.account(OTEL, 'logs'), ledger.account(OTEL, 'metrics'), report)],
  ]);
  ledger.account(OTEL, 'spanEvents');
  const shared = new Map<string, unknown>();
  const emitter = new Emitter({
    router,
    ports,
    account: (destination, channel) => ledger.account(destination, channel),
    instruments,
    spanEvents: spanEvents === 'direct' ? new SpanEvents() : undefined,
    spanRoutes,
    fallback,
    clock,
    rules,
    depth,
    report,
  });
  const connect = (name: string): Connection =>
    connection(name, {
      ledger,
      report,
      clock,
      resource,
      shared,
      takes: (i) => emitter.takesInstrument(name, i),
    });
  for (const [name, destination] of destinations) ports.set(name, destination.connect(connect(name)));
  register(emitter, router, options.signals);
  for (const sentence of router.idlePatterns()) report(`pattern:${sentence}`, sentence);
  return {
    emitter,
    router,
    ports,
    ledger,
    providers,
    instruments,
    spanRoutes,
    resource,
    fallback,
    channels,
    clock,
    rules,
    report,
    described,
  };
}

function checkDestinations(
  given: Readonly<Record<string, Destination | SinkFunction>>,
): ReadonlyMap<string, Destination> {
  const checked = new Map<string, Destination>();
  for (const [name, destination] of Object.entries(given)) {
    if (name === OTEL)
      throw new SignalboxError(
        "createSignalbox: the destination name 'otel' is reserved for the app's own OpenTelemetry. Choose another name.",
      );
    if (!DESTINATION_NAME.test(name)) {
      throw new SignalboxError(
        `createSignalbox: ${shown(name)} is not a destination's name. Start with a letter; use letters, digits, '_' and '-', at most 64.`,
      );
    }
    if (typeof destination === 'function') checked.set(name, sinkDestination(destination));
    else if (
      typeof destination === 'object' &&
      destination !== null &&
      typeof destination.connect === 'function'
    )
      checked.set(name, destination);
    else {
      throw new SignalboxError(
        `createSignalbox: the destination '${name}' is ${shown(destination)}. Give a function, or what sink(), consoleSink() and the like return.`,
      );
    }
  }
  return checked;
}

function checkDefault(name: string, channels: ReadonlyMap<string, ReadonlySet<string>>): string {
  const takes = channels.get(name);
  if (takes && !takes.has('sink')) return name;
  const able = [...channels].filter(([, has]) => !has.has('sink')).map(([n]) => n);
  throw new SignalboxError(
    `createSignalbox: the default is ${shown(name)}, which is ${takes ? 'a sink: it takes signals only' : 'no destination'}. Use one of ${able.join(', ')}.${takes ? '' : didYouMean(String(name), able)}`,
  );
}

function register(emitter: Emitter, router: Router, declared: readonly AnySignal[] | undefined): void {
  for (const signal of Object.values(levels)) emitter.register(signal);
  for (const signal of declared ?? []) emitter.register(signal);
  for (const route of router.routes) {
    for (const signal of [...route.signals, ...route.exceptSignals, ...route.conditions.map((c) => c.signal)])
      emitter.register(signal);
  }
  if (declared) router.checkPatterns(emitter.signals);
}

function positive(what: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (Number.isInteger(given) && given > 0) return given;
  throw new SignalboxError(
    `createSignalbox: ${what} is ${shown(given)}. Give a whole number of at least 1, or leave it out for ${otherwise}.`,
  );
}
