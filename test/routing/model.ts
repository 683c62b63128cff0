import type { Severity } from '../../src/signal/severity.js';

// What docs/routes.md says of routes, written down as plainly as can be. Shares no code with src/routing.

export type SignalName = 'JOB_STARTED' | 'JOB_FAILED' | 'QUEUE_FULL' | 'PAID' | 'INFO' | 'ERROR';
export type ModelChannel = 'logs' | 'spanEvents' | 'metrics';

/** A signal, a pattern, or a condition `n >= atLeast` (one that throws, where it is 'throws'). */
export type ModelSelector =
  | { readonly signal: SignalName }
  | { readonly pattern: string }
  | { readonly when: SignalName; readonly atLeast: number | 'throws' };

export interface ModelRoute {
  readonly signals: readonly ModelSelector[] | undefined;
  readonly minSeverity: Severity | undefined;
  readonly except: readonly ({ readonly signal: SignalName } | { readonly pattern: string })[];
  readonly channels: readonly ModelChannel[] | undefined;
  readonly to: readonly string[];
  readonly reveal: readonly string[];
}

export interface ModelEmit {
  readonly name: SignalName;
  readonly n: number;
  readonly severity: Severity;
}

export interface ModelSignal {
  readonly instruments: readonly string[];
  readonly spanEvents: boolean;
}

/** What must become of one emit. */
export interface Expected {
  /** By sink: the revealed fields. */
  readonly sinks: Readonly<Record<string, ReadonlySet<string>>>;
  /** The fields that the log record reveals, where there is one. */
  readonly log: ReadonlySet<string> | undefined;
  readonly spanEvent: boolean;
  readonly instruments: readonly string[];
  readonly unrouted: boolean;
}

const ORDER: readonly Severity[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

function matches(pattern: string, name: string): boolean {
  const rest = pattern.split('*').map((run) => run.replace(/[^A-Z_]/g, ''));
  return new RegExp(`^${rest.join('[A-Z_]*')}$`).test(name);
}

function names(selector: ModelSelector, name: SignalName): boolean {
  if ('pattern' in selector) return matches(selector.pattern, name);
  return ('signal' in selector ? selector.signal : selector.when) === name;
}

function holds(selector: ModelSelector, n: number): boolean {
  return !('when' in selector) || (selector.atLeast !== 'throws' && n >= selector.atLeast);
}

/** Whether a route is one for this signal at all: whatever the severity and the values. */
function concerns(route: ModelRoute, name: SignalName): boolean {
  if (route.except.some((selector) => names(selector, name))) return false;
  return route.signals === undefined || route.signals.some((selector) => names(selector, name));
}

function takes(route: ModelRoute, emit: ModelEmit): boolean {
  if (!concerns(route, emit.name)) return false;
  if (route.minSeverity && ORDER.indexOf(emit.severity) < ORDER.indexOf(route.minSeverity)) return false;
  if (route.signals === undefined) return true;
  return route.signals.some((selector) => names(selector, emit.name) && holds(selector, emit.n));
}

function open(route: ModelRoute, channel: ModelChannel): boolean {
  return route.channels === undefined || route.channels.includes(channel);
}

export function expected(
  routes: readonly ModelRoute[],
  signals: Readonly<Record<SignalName, ModelSignal>>,
  emit: ModelEmit,
): Expected {
  const taking = routes.filter((route) => takes(route, emit));
  const sinks: Record<string, Set<string>> = {};
  let log: Set<string> | undefined;
  let spanEvents = false;
  for (const route of taking) {
    for (const to of route.to) {
      if (to !== 'otel') {
        sinks[to] = new Set([...(sinks[to] ?? []), ...route.reveal]);
        continue;
      }
      if (open(route, 'logs')) log = new Set([...(log ?? []), ...route.reveal]);
      if (open(route, 'spanEvents')) spanEvents = true;
    }
  }
  // A destination that is routed a signal of an instrument gets the whole instrument.
  const measuring = routes.filter((route) => route.to.includes('otel') && open(route, 'metrics'));
  const instruments = signals[emit.name].instruments.filter((instrument) =>
    (Object.keys(signals) as SignalName[]).some(
      (name) =>
        signals[name].instruments.includes(instrument) && measuring.some((route) => concerns(route, name)),
    ),
  );
  return {
    sinks,
    log,
    spanEvent: spanEvents && signals[emit.name].spanEvents,
    instruments,
    unrouted: Object.keys(sinks).length === 0 && !log && !spanEvents && instruments.length === 0,
  };
}
