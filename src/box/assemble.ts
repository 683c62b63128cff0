import type { Channel } from '../delivery/account.js';
import type { Port, SpanRouting } from '../delivery/destination.js';
import { watchedHook } from '../delivery/redact-text-hook.js';
import type { Report } from '../delivery/report.js';
import { createReport } from '../delivery/report.js';
import type { Bound } from '../emission/bound.js';
import type { ValueRules } from '../emission/value.js';
import { noValueCounts } from '../emission/value.js';
import { Router } from '../routing/router.js';
import { levels } from '../signal/level.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import { BoxClock } from '../telemetry/clock.js';
import { Home } from '../telemetry/home-context.js';
import { Instruments } from '../telemetry/instruments.js';
import { NO_SPAN_ROUTES } from '../telemetry/no-span-routes.js';
import { OTEL, Otel } from '../telemetry/otel.js';
import { BoxPoints } from '../telemetry/point-marks.js';
import type { Propagation } from '../telemetry/propagation.js';
import { Providers } from '../telemetry/providers.js';
import { ResourceFinder } from '../telemetry/resource-finder.js';
import { SpansSeen } from '../telemetry/sampler-check.js';
import { SpanEvents } from '../telemetry/span-events.js';
import { bindAttributes } from './check-attributes.js';
import { connection } from './connection.js';
import { Development } from './development.js';
import { Emitter } from './emitter.js';
import { Ledger } from './ledger.js';
import type { SignalboxOptions } from './options.js';
import { RouteChanges } from './route-changes.js';
import type { Settings } from './settings.js';
import { readSettings } from './settings.js';

/** The parts of a box, connected. */
export interface Parts {
  readonly emitter: Emitter;
  readonly router: Router;
  readonly routes: RouteChanges;
  readonly ports: ReadonlyMap<string, Port>;
  readonly ledger: Ledger;
  readonly providers: Providers;
  readonly instruments: Instruments;
  readonly points: BoxPoints;
  readonly spanRoutes: SpanRouting;
  readonly spansSeen: SpansSeen;
  readonly propagation: Propagation;
  /** State that the layers above keep for this box. */
  readonly sharedAbove: Map<string, unknown>;
  readonly resource: ResourceFinder;
  readonly otherTelemetry: string;
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clock: BoxClock;
  /** The async context in which the box was made. */
  readonly home: Home;
  readonly rules: ValueRules;
  /** The bound fields of the option `attributes`. */
  readonly attributes: Bound | undefined;
  readonly report: Report;
  readonly development: Development | undefined;
  readonly described: ReadonlyMap<string, { readonly kind: string; readonly channels: readonly Channel[] }>;
}

/** Reads the options and connects the parts. Throws a {@link SignalboxError} on misuse. */
export function assemble(options: SignalboxOptions<string> | undefined): Parts {
  const settings = readSettings(options);
  const parts = buildParts(settings);
  // Last, so that options that are refused open no file and no connection.
  connectDestinations(settings, parts);
  return parts;
}

interface BuiltParts extends Parts {
  readonly ports: Map<string, Port>;
}

function buildParts(settings: Settings): BuiltParts {
  const { channels, described, declared, otherTelemetry, propagation, spanEvents } = settings;
  const values = noValueCounts();
  const withheld = (key: string, sentence: string): void => {
    values.withheld++;
    report(key, sentence);
  };
  const { stringLength, redactValue, redactText: hook } = settings;
  const redactText = hook && watchedHook(hook, (sentence) => withheld('redactText', sentence));
  const report = createReport(redactText);
  const rules: ValueRules = { stringLength, redactText, redactValue, withheld, report };
  const router = new Router(channels);
  const ledger = new Ledger();
  const points = new BoxPoints(
    // Points of a recorder of tests are never exported, so only exporters need marks.
    [...described.values()].some((d) => d.kind === 'exporters' && d.channels.includes('metrics')),
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
    values,
    depth: settings.depth,
    report,
  });
  for (const signal of [...Object.values(levels), ...(declared ?? [])]) emitter.register(signal);
  for (const sentence of settings.levelTroubles) report(sentence, sentence);
  router.levels.setAll(settings.levels);
  const routes = new RouteChanges({ router, emitter, report, declared });
  routes.begin(settings.routes);
  return {
    emitter,
    router,
    routes,
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
    attributes:
      settings.attributes === undefined ? undefined : bindAttributes(settings.attributes, rules, values),
    report,
    development: settings.development ? new Development(emitter, ledger) : undefined,
    described,
  };
}

function spanRoutesOf(
  { destinations, otherTelemetry }: Settings,
  ledger: Ledger,
  report: Report,
): SpanRouting {
  const takers = [...destinations].filter(([, { channels }]) => channels.includes('spans'));
  const names = takers.map(([name]) => name);
  const make = takers.find(([, { spanRouting }]) => spanRouting)?.[1].spanRouting;
  if (names.length > 0 && !make)
    throw new SignalboxError(
      `createSignalbox: destination '${names[0]}' takes spans, but is of another release of signalbox or made by hand. Make it with exporters() of the box's release: \`npm ls signalbox\` lists the releases.`,
    );
  const lost = (destination: string, sentence: string): void => {
    const account = ledger.account(destination, 'spans');
    account.dropped('not_installed');
    account.arrived++;
    report('spans:not_installed', sentence);
  };
  return make?.(names, otherTelemetry, lost) ?? NO_SPAN_ROUTES;
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
