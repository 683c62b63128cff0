import type { Channel } from '../delivery/account.js';
import type { Port } from '../delivery/destination.js';
import { watchedHook } from '../delivery/redact-error-hook.js';
import type { Report } from '../delivery/report.js';
import { createReport } from '../delivery/report.js';
import type { ValueRules } from '../emission/value.js';
import type { CheckedRoute, Route } from '../routing/route.js';
import { Router } from '../routing/router.js';
import { levels } from '../signal/level.js';
import type { AnySignal } from '../signal/signal.js';
import { BoxClock } from '../telemetry/clock.js';
import { Home } from '../telemetry/home-context.js';
import { Instruments } from '../telemetry/instruments.js';
import type { Propagation } from '../telemetry/missing-propagator.js';
import { OTEL, Otel } from '../telemetry/otel.js';
import { BoxPoints } from '../telemetry/point-marks.js';
import { Providers } from '../telemetry/providers.js';
import { ResourceFinder } from '../telemetry/resource-finder.js';
import { SpansSeen } from '../telemetry/sampler-check.js';
import { SpanEvents } from '../telemetry/span-events.js';
import { SpanRoutes } from '../telemetry/span-routes.js';
import { connection } from './connection.js';
import { Emitter } from './emitter.js';
import { Ledger } from './ledger.js';
import type { SignalboxOptions } from './options.js';
import type { Settings } from './settings.js';
import { readSettings } from './settings.js';

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
  readonly otherTelemetry: string;
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clock: BoxClock;
  /** Where the box was made. */
  readonly home: Home;
  readonly rules: ValueRules;
  readonly report: Report;
  readonly described: ReadonlyMap<string, { readonly kind: string; readonly channels: readonly Channel[] }>;
}

/** Reads the options and connects the parts. Throws a {@link SignalboxError} on misuse. */
export function assemble(options: SignalboxOptions<string> | undefined): Parts {
  const settings = readSettings(options);
  const parts = buildParts(settings);
  parts.addRoutes(settings.routes);
  // Last: a box that can not be made has opened nothing.
  connectDestinations(settings, parts);
  return parts;
}

interface BuiltParts extends Parts {
  readonly ports: Map<string, Port>;
}

function buildParts(settings: Settings): BuiltParts {
  const { channels, described, declared, otherTelemetry, propagation, spanEvents } = settings;
  const report = createReport(settings.redactError);
  const rules = rulesOf(settings, report);
  const router = new Router(channels, settings.standing);
  const ledger = new Ledger();
  const points = new BoxPoints(
    [...described].some(([name, d]) => name !== OTEL && d.channels.includes('metrics')),
  );
  const instruments = new Instruments(points);
  const providers = new Providers(() => instruments.refresh());
  const clock = new BoxClock();
  const spanRoutes = spanRoutesOf(settings, ledger, report);
  const ports = new Map<string, Port>([
    [
      OTEL,
      new Otel(providers, ledger.account(OTEL, 'logs'), ledger.account(OTEL, 'metrics'), report, {
        eventNames: settings.eventNames,
        addsUp: settings.counters === 'collected',
      }),
    ],
  ]);
  ledger.account(OTEL, 'spanEvents');
  const emitter = new Emitter({
    router,
    ports,
    account: (destination, channel) => ledger.account(destination, channel),
    identity: (destination) => ledger.identity(destination),
    instruments,
    spanEvents: spanEvents === 'off' ? undefined : new SpanEvents(),
    spanRoutes,
    otherTelemetry,
    declared: declared !== undefined,
    bridged: spanEvents === 'bridge',
    clock,
    rules,
    depth: settings.depth,
    report,
  });
  for (const signal of [...Object.values(levels), ...(declared ?? [])]) emitter.register(signal);
  return {
    emitter,
    router,
    addRoutes: (routes) => addRoutes(routes, { router, emitter, report, declared }),
    ports,
    ledger,
    providers,
    instruments,
    points,
    spanRoutes,
    spansSeen: new SpansSeen(),
    propagation,
    sharedAbove: new Map(),
    resource: new ResourceFinder(providers),
    otherTelemetry,
    channels,
    clock,
    home: new Home(),
    rules,
    report,
    described,
  };
}

function rulesOf({ stringLength, redactError }: Settings, report: Report): ValueRules {
  const watched = redactError && watchedHook(redactError, (sentence) => report('redactError', sentence));
  return { stringLength, redactError: watched, report };
}

function spanRoutesOf({ channels, otherTelemetry }: Settings, ledger: Ledger, report: Report): SpanRoutes {
  const names = [...channels].filter(([, takes]) => takes.has('spans')).map(([name]) => name);
  return new SpanRoutes(names, otherTelemetry, (destination) => {
    const account = ledger.account(destination, 'spans');
    account.dropped('not_installed');
    account.arrived++;
    report(
      'spans:not_installed',
      `spans are routed to '${destination}', but nothing hands them over; start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)`,
    );
  });
}

interface RouteTaker extends Pick<Parts, 'router' | 'emitter' | 'report'> {
  readonly declared: readonly AnySignal[] | undefined;
}

function addRoutes(
  routes: readonly Route[],
  { router, emitter, report, declared }: RouteTaker,
): readonly (() => void)[] {
  const checked = routes.map((route) => router.check(route));
  const signals = checked.flatMap(signalsOf);
  emitter.check(signals);
  if (declared) router.checkPatterns(checked, [...emitter.signals, ...signals]);
  // Only now: of a route that is refused nothing stays.
  for (const signal of signals) emitter.register(signal);
  for (const sentence of router.idlePatterns(checked)) report(`pattern:${sentence}`, sentence);
  emitter.settle();
  return checked.map((route) => {
    const undo = router.add(route);
    return () => {
      emitter.settle();
      undo();
    };
  });
}

function connectDestinations({ destinations, eventNames }: Settings, parts: BuiltParts): void {
  const { ledger, report, clock, home, resource, points, emitter, ports } = parts;
  const ofSinks: Report = (key, message, error) => report(key, message, error, 'sink');
  const shared = new Map<string, unknown>();
  for (const [name, destination] of destinations) {
    const connected = connection(name, {
      ledger,
      report: destination.kind === 'sink' ? ofSinks : report,
      clock,
      home,
      resource,
      shared,
      takes: (instrument) => emitter.takesInstrument(name, instrument),
      points,
      eventNames,
    });
    ports.set(name, destination.connect(connected));
  }
}

function signalsOf({ signals, exceptSignals, conditions }: CheckedRoute): readonly AnySignal[] {
  return [...signals, ...exceptSignals, ...conditions.map((c) => c.signal)];
}
