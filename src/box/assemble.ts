import type { Channel } from '../delivery/account.js';
import type { Connection, Destination, Port } from '../delivery/destination.js';
import { watchedHook } from '../delivery/hook.js';
import type { Report } from '../delivery/report.js';
import { createReport } from '../delivery/report.js';
import type { ValueRules } from '../emission/value.js';
import type { CheckedRoute, Route } from '../routing/route.js';
import { Router } from '../routing/router.js';
import { levels } from '../signal/level.js';
import { SignalboxError, shown } from '../signal/problem.js';
import type { AnySignal } from '../signal/signal.js';
import { BoxPoints } from '../telemetry/box-points.js';
import { BoxClock } from '../telemetry/clock.js';
import { Home } from '../telemetry/home.js';
import { Instruments } from '../telemetry/instruments.js';
import { OTEL, Otel } from '../telemetry/otel.js';
import type { Propagation } from '../telemetry/propagation.js';
import { Providers } from '../telemetry/providers.js';
import { ResourceFinder } from '../telemetry/resource.js';
import { SpanEvents } from '../telemetry/span-event.js';
import { SPAN_DESTINATIONS, SpanRoutes } from '../telemetry/span-routes.js';
import { SpansSeen } from '../telemetry/spans-seen.js';
import {
  checkDefault,
  checkDestinations,
  checkList,
  checkPropagation,
  checkRedactError,
  checkSignals,
  checkSwitch,
  positive,
} from './check-options.js';
import { connection } from './connection.js';
import { Emitter } from './emitter.js';
import { Ledger } from './ledger.js';
import type { SignalboxOptions } from './options.js';

/** The parts of a box, connected. */
export interface Parts {
  readonly emitter: Emitter;
  readonly router: Router;
  /** Checks routes, makes their signals known and adds them; returns the undo of each. Throws a {@link SignalboxError}. */
  readonly addRoutes: (routes: readonly Route[]) => readonly (() => void)[];
  readonly ports: ReadonlyMap<string, Port>;
  readonly ledger: Ledger;
  readonly providers: Providers;
  readonly instruments: Instruments;
  readonly points: BoxPoints;
  readonly spanRoutes: SpanRoutes;
  readonly spansSeen: SpansSeen;
  readonly propagation: Propagation;
  /** What layers above keep for this box. */
  readonly sharedAbove: Map<string, unknown>;
  readonly resource: ResourceFinder;
  readonly fallback: string;
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clock: BoxClock;
  /** Where the box was made. */
  readonly home: Home;
  readonly rules: ValueRules;
  readonly report: Report;
  readonly described: ReadonlyMap<string, { readonly kind: string; readonly channels: readonly Channel[] }>;
}

const OTEL_CHANNELS: readonly Channel[] = ['logs', 'spanEvents', 'metrics'];

/** Checks the options and connects the parts. Throws a {@link SignalboxError} on misuse. */
export function assemble(options: SignalboxOptions<string>): Parts {
  const destinations = checkDestinations(options.destinations ?? {});
  const declared = options.signals && checkSignals(options.signals);
  const redactError = checkRedactError(options.redactError);
  const report = createReport(redactError);
  const rules: ValueRules = {
    stringLength: positive('limits.stringLength', options.limits?.stringLength, 4096),
    redactError: redactError && watchedHook(redactError, (sentence) => report('redactError', sentence)),
    report,
  };
  const depth = positive('limits.emitDepth', options.limits?.emitDepth, 8);
  const spanEvents = options.spanEvents ?? 'direct';
  if (!['direct', 'bridge', 'off'].includes(spanEvents)) {
    throw new SignalboxError(
      `createSignalbox: spanEvents is ${shown(spanEvents)}. Use 'direct', 'bridge' or 'off'.`,
    );
  }
  const eventNames = checkSwitch('eventNameAttribute', options.eventNameAttribute);
  const propagation = checkPropagation(options.propagation);
  const described = new Map<string, { kind: string; channels: readonly Channel[] }>([
    [OTEL, { kind: OTEL, channels: OTEL_CHANNELS }],
  ]);
  for (const [name, destination] of destinations)
    described.set(name, { kind: destination.kind, channels: destination.channels });
  const channels = new Map([...described].map(([name, d]) => [name, new Set<string>(d.channels)]));

  const standing = options.routes === undefined ? standingRoute(destinations) : undefined;
  const router = new Router(channels, standing);

  const fallback = checkDefault(options.default ?? OTEL, channels);
  const ledger = new Ledger();
  const points = new BoxPoints(
    [...described].some(([name, d]) => name !== OTEL && d.channels.includes('metrics')),
  );
  const instruments = new Instruments(points);
  const providers = new Providers(() => instruments.refresh());
  const resource = new ResourceFinder(providers);
  const clock = new BoxClock();
  const home = new Home();
  const spanNames = [...channels].filter(([, takes]) => takes.has('spans')).map(([name]) => name);
  if (spanNames.length > SPAN_DESTINATIONS) {
    throw new SignalboxError(
      `createSignalbox: ${spanNames.length} destinations take spans. ${SPAN_DESTINATIONS} can at most: let some share a collector, which fans out better.`,
    );
  }
  const spanRoutes = new SpanRoutes(spanNames, fallback, (destination) => {
    const account = ledger.account(destination, 'spans');
    account.dropped('not_installed');
    account.arrived++;
    report(
      'spans:not_installed',
      `spans are routed to '${destination}', but nothing hands them over: start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)`,
    );
  });
  const ports = new Map<string, Port>([
    [
      OTEL,
      new Otel(providers, ledger.account(OTEL, 'logs'), ledger.account(OTEL, 'metrics'), report, eventNames),
    ],
  ]);
  ledger.account(OTEL, 'spanEvents');
  const shared = new Map<string, unknown>();
  const emitter = new Emitter({
    router,
    ports,
    account: (destination, channel) => ledger.account(destination, channel),
    identity: (destination) => ledger.identity(destination),
    instruments,
    spanEvents: spanEvents === 'off' ? undefined : new SpanEvents(),
    spanRoutes,
    fallback,
    declared: declared !== undefined,
    bridged: spanEvents === 'bridge',
    clock,
    rules,
    depth,
    report,
  });
  for (const signal of [...Object.values(levels), ...(declared ?? [])]) emitter.register(signal);
  const addRoutes = (routes: readonly Route[]): readonly (() => void)[] => {
    const checked = routes.map((route) => router.check(route));
    for (const signal of checked.flatMap(signalsOf)) emitter.register(signal);
    if (declared) router.checkPatterns(checked, emitter.signals);
    for (const sentence of router.idlePatterns(checked)) report(`pattern:${sentence}`, sentence);
    emitter.settle();
    return checked.map((route) => {
      const undo = router.add(route);
      return () => {
        emitter.settle();
        undo();
      };
    });
  };
  addRoutes(checkList('routes', options.routes));
  const ofSinks: Report = (key, message, error) => report(key, message, error, 'sink');
  const connect = (name: string, kind: Destination['kind']): Connection =>
    connection(name, {
      ledger,
      report: kind === 'sink' ? ofSinks : report,
      clock,
      home,
      resource,
      shared,
      takes: (i) => emitter.takesInstrument(name, i),
      points,
      eventNames,
    });
  // Last: a box that can not be made has opened nothing.
  for (const [name, destination] of destinations)
    ports.set(name, destination.connect(connect(name, destination.kind)));
  return {
    emitter,
    router,
    addRoutes,
    ports,
    ledger,
    providers,
    instruments,
    points,
    spanRoutes,
    spansSeen: new SpansSeen(),
    propagation,
    sharedAbove: new Map(),
    resource,
    fallback,
    channels,
    clock,
    home,
    rules,
    report,
    described,
  };
}

// A box that prints beside a working SDK is the first thing that people try: its sinks must not switch the SDK off. Exporters do what
// `otel` would do, and nothing should leave twice.
function standingRoute(destinations: ReadonlyMap<string, Destination>): Route {
  const exports = [...destinations.values()].some(({ kind }) => kind === 'exporters');
  return { signals: '*', to: [...destinations.keys(), ...(exports ? [] : [OTEL])] };
}

function signalsOf({ signals, exceptSignals, conditions }: CheckedRoute): readonly AnySignal[] {
  return [...signals, ...exceptSignals, ...conditions.map((c) => c.signal)];
}
