import type { RevealKey } from '../emission/reveal.js';
import { NOTHING_REVEALED, revealKey } from '../emission/reveal.js';
import type { AnySignal } from '../signal/signal.js';
import type { Match } from './match.js';
import { matchRoute } from './match.js';
import type { CheckedRoute, RouteChannel, When } from './route.js';

/** One destination of an emission, and the sensitive fields that it may see. */
export interface Taker {
  readonly destination: string;
  readonly reveal: RevealKey;
}

/** Where one emission goes. */
export interface Resolution {
  readonly logs: readonly Taker[];
  readonly sinks: readonly Taker[];
  /** Destinations that want an event on the active span. All destinations of a span share its events, so there is one event or none. */
  readonly spanEvents: readonly Taker[];
  /** Destinations that get the active span. */
  readonly spans: readonly string[];
}

/** Whether a condition holds for the emission. */
export type Holds = (condition: When) => boolean;

/** Where the emissions of one signal at one severity go. Conditions on the values may decide. */
export interface Plan {
  /** The resolution of all emissions, if no condition decides. */
  readonly fixed: Resolution | undefined;
  /** Whether the signal's level silences it. */
  readonly silenced?: boolean;
  /** Evaluates each condition once, in the order of the routes. */
  resolve(holds: Holds): Resolution;
}

interface Step {
  readonly route: CheckedRoute;
  readonly match: true | readonly When[];
}

const NOWHERE: Resolution = { logs: [], sinks: [], spanEvents: [], spans: [] };

/** The plan of a signal that its level silences. */
export const SILENCED: Plan = { fixed: NOWHERE, silenced: true, resolve: () => NOWHERE };

/** The channels of each destination, by its name. */
export type Channels = ReadonlyMap<string, ReadonlySet<string>>;

export function makePlan(
  routes: Iterable<CheckedRoute>,
  signal: AnySignal,
  severityNumber: number,
  channels: Channels,
): Plan {
  const steps: Step[] = [];
  const conditions = new Set<When>();
  for (const route of routes) {
    const match: Match = matchRoute(route, signal, severityNumber);
    if (match === false) continue;
    steps.push({ route, match });
    if (match !== true) for (const condition of match) conditions.add(condition);
  }
  if (conditions.size > 0) return new ConditionalPlan(steps, [...conditions], channels);
  const fixed = resolve(steps, () => true, channels);
  return { fixed, resolve: () => fixed };
}

/** A node of a tree with one level per condition. Its path is the answers so far; a leaf holds the resolution. */
class Branch {
  readonly before: Branch | undefined;
  readonly answer: boolean;
  yes: Branch | undefined;
  no: Branch | undefined;
  resolution: Resolution | undefined;

  constructor(before: Branch | undefined, answer: boolean) {
    this.before = before;
    this.answer = answer;
  }
}

/** The most combinations of answers whose resolutions are kept. Others are resolved on each emit. */
const KEPT = 1024;

class ConditionalPlan implements Plan {
  readonly fixed = undefined;
  readonly #steps: readonly Step[];
  readonly #conditions: readonly When[];
  readonly #channels: Channels;
  readonly #root = new Branch(undefined, true);
  #kept = 0;

  constructor(steps: readonly Step[], conditions: readonly When[], channels: Channels) {
    this.#steps = steps;
    this.#conditions = conditions;
    this.#channels = channels;
  }

  resolve(holds: Holds): Resolution {
    let branch = this.#root;
    for (const condition of this.#conditions) {
      const answer = holds(condition);
      branch = (answer ? branch.yes : branch.no) ?? this.#grown(branch, answer);
    }
    if (branch.resolution === undefined) {
      branch.resolution = resolve(this.#steps, holding(this.#conditions, branch), this.#channels);
      this.#kept++;
    }
    return branch.resolution;
  }

  #grown(branch: Branch, answer: boolean): Branch {
    const next = new Branch(branch, answer);
    if (this.#kept >= KEPT) return next;
    if (answer) branch.yes = next;
    else branch.no = next;
    return next;
  }
}

/** The conditions that hold by the answers on the path to a branch. */
function holding(conditions: readonly When[], last: Branch): Holds {
  const held = new Set<When>();
  let branch: Branch | undefined = last;
  for (let i = conditions.length - 1; i >= 0; i--) {
    if (branch?.answer) held.add(conditions[i] as When);
    branch = branch?.before;
  }
  return (condition) => held.has(condition);
}

function resolve(steps: readonly Step[], holds: Holds, channels: Channels): Resolution {
  const logs = new Map<string, Set<string>>();
  const sinks = new Map<string, Set<string>>();
  const spans = new Set<string>();
  const spanEvents = new Set<string>();
  for (const { route, match } of steps) {
    if (match !== true && !match.some(holds)) continue;
    const wants = (channel: RouteChannel): boolean => route.channels?.has(channel) ?? true;
    for (const destination of route.to) {
      const takes = channels.get(destination);
      if (takes?.has('sink')) reveal(sinks, destination, route.reveal);
      if (takes?.has('logs') && wants('logs')) reveal(logs, destination, route.reveal);
      if (takes?.has('spanEvents') && wants('spanEvents')) {
        spanEvents.add(destination);
        if (takes.has('spans')) spans.add(destination);
      }
    }
  }
  return {
    logs: takers(logs),
    sinks: takers(sinks),
    spanEvents: [...spanEvents].map((destination) => ({ destination, reveal: NOTHING_REVEALED })),
    spans: [...spans],
  };
}

function reveal(into: Map<string, Set<string>>, destination: string, names: readonly string[]): void {
  const seen = into.get(destination) ?? new Set<string>();
  for (const name of names) seen.add(name);
  into.set(destination, seen);
}

function takers(from: ReadonlyMap<string, ReadonlySet<string>>): readonly Taker[] {
  return [...from].map(([destination, names]) => ({ destination, reveal: revealKey(names) }));
}
