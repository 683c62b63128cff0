import type { Account, Channel } from '../delivery/account.js';
import type { Port, SpanRouting } from '../delivery/destination.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Resolution, Taker } from '../routing/plan.js';
import { OTEL } from '../telemetry/otel.js';

/** The parts that targets need. */
export interface TargetParts {
  readonly ports: ReadonlyMap<string, Port>;
  readonly account: (destination: string, channel: Channel) => Account;
  /** An object that identifies a destination, also among destinations of the same name in other boxes. */
  readonly identity: (destination: string) => object;
  readonly spanRoutes: SpanRouting;
}

/** One channel of a destination, with the parts that an emit needs. */
export class Target {
  readonly destination: string;
  readonly port: Port | undefined;
  readonly identity: object;
  readonly reveal: RevealKey;
  readonly #channel: Channel;
  readonly #parts: TargetParts;
  #account: Account | undefined;

  constructor({ destination, reveal }: Taker, channel: Channel, parts: TargetParts) {
    this.destination = destination;
    this.reveal = reveal;
    this.port = parts.ports.get(destination);
    this.identity = parts.identity(destination);
    this.#channel = channel;
    this.#parts = parts;
  }

  /** Created on first use, so that an unused channel has no account. */
  get account(): Account {
    this.#account ??= this.#parts.account(this.destination, this.#channel);
    return this.#account;
  }
}

/** A resolution with its destinations looked up. */
export interface Targets {
  readonly logs: readonly Target[];
  readonly sinks: readonly Target[];
  readonly spanEvents: readonly Target[];
  /** The destinations that get the active span, as a bit mask of the span routes. */
  readonly spans: number;
  /** Whether a queue of signalbox keeps the emission. Records in the app's own SDK are the app's. */
  readonly kept: boolean;
  /** Whether the app's own log pipeline is among the targets. */
  readonly byApp: boolean;
  /** Whether there are no targets. */
  readonly none: boolean;
}

export function targetsOf(resolution: Resolution, parts: TargetParts): Targets {
  const { logs, sinks, spanEvents, spans } = resolution;
  const each = (takers: readonly Taker[], channel: Channel): Target[] =>
    takers.map((taker) => new Target(taker, channel, parts));
  return {
    logs: each(logs, 'logs'),
    sinks: each(sinks, 'sink'),
    spanEvents: each(spanEvents, 'spanEvents'),
    spans: parts.spanRoutes.maskOf(spans),
    kept: sinks.length > 0 || logs.some(({ destination }) => destination !== OTEL),
    byApp: logs.some(({ destination }) => destination === OTEL),
    none: logs.length + sinks.length + spanEvents.length === 0,
  };
}
