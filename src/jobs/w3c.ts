import type { SpanContext, TraceState } from '@opentelemetry/api';
import { swallow } from '../emission/swallow.js';

const PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const LONGEST_STATE = 512;
const MEMBERS = 32;
const SAMPLED = 1;

/** `traceparent` and `tracestate` of W3C Trace Context; nothing where the ids are none that it can say. */
export function writeTraceContext(span: SpanContext, into: Record<string, string>): void {
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const parent = `00-${span.traceId}-${span.spanId}-${flags}`;
  if (!PARENT.test(parent)) return;
  into.traceparent = parent;
  const state = stateOf(span);
  if (typeof state === 'string' && state !== '') into.tracestate = state;
}

// The parent is useful without the state.
function stateOf(span: SpanContext): unknown {
  try {
    const state: unknown = span.traceState?.serialize();
    swallow(state);
    return state;
  } catch {
    return undefined;
  }
}

/** The span that `traceparent` names, if it names a valid one. */
export function readTraceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = PARENT.exec(traceparent?.trim() ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Later versions may have more parts; version 00 has none.
  if (version === '00' && more !== undefined) return undefined;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
  const state = tracestate === undefined ? undefined : State.parse(tracestate);
  return state ? { ...span, traceState: state } : span;
}

/** What vendors say beside the parent: kept in order, the last changed first. */
class State implements TraceState {
  readonly #members: ReadonlyMap<string, string>;

  private constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  /** Undefined where there is nothing, or too much to be one. */
  static parse(text: string): State | undefined {
    if (text.length > LONGEST_STATE) return undefined;
    const members = new Map<string, string>();
    for (const member of text.split(',')) {
      const at = member.indexOf('=');
      if (at > 0) members.set(member.slice(0, at).trim(), member.slice(at + 1).trim());
    }
    return members.size > 0 && members.size <= MEMBERS ? new State(members) : undefined;
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }
  set(key: string, value: string): State {
    return new State(new Map([[key, value], ...[...this.#members].filter(([other]) => other !== key)]));
  }
  unset(key: string): State {
    return new State(new Map([...this.#members].filter(([other]) => other !== key)));
  }
  serialize(): string {
    return [...this.#members].map(([key, value]) => `${key}=${value}`).join(',');
  }
}
