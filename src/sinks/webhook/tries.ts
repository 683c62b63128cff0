import { ownError } from '../../delivery/own-error.js';
import { clockMillis } from '../../delivery/timers.js';
import { pause, waitAfter } from '../modifiers/backoff.js';
import type { Retry } from '../modifiers/retry-options.js';
import type { Verdict } from './answer.js';
import { verdictOf } from './answer.js';
import type { Body } from './body.js';
import type { Endpoint } from './endpoint.js';
import { retryAfterMillis } from './retry-after.js';

/** How long and how often a request is tried. */
export interface Patience extends Retry {
  /** The time limit of each try. */
  readonly timeoutMillis: number;
  /** The time limit of a batch, with all its tries, waits and parts. */
  readonly deadlineMillis: number;
}

/** When a batch must be over, by the clock that is never set, and the signal that ends it before. */
export interface Limits {
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Sends a body until the endpoint takes it, refuses it for good, or no time or try is left. Each try is the same request. */
export async function trySending(
  endpoint: Endpoint,
  { bytes, headers }: Body,
  patience: Patience,
  { until, signal }: Limits,
): Promise<Verdict> {
  // A string by RFC 8941, as the draft of this header requires.
  const same = { ...headers, 'idempotency-key': `"${globalThis.crypto.randomUUID()}"` };
  // An answer to another request asked for this rest.
  const rest = endpoint.restMillis;
  if (rest > 0 && clockMillis() + rest >= until) return tooSoon(rest, patience);
  if (rest > 0) {
    const ended = await ends(rest, signal);
    if (ended) return ended;
  }
  for (let tries = 1; ; tries++) {
    const left = until - clockMillis();
    if (left <= 0) return tooLate(patience);
    let asked: number | undefined;
    let verdict: Verdict;
    try {
      const answer = await endpoint.send(
        bytes,
        same,
        Math.min(patience.timeoutMillis, Math.ceil(left)),
        signal,
      );
      verdict = verdictOf(answer);
      asked = verdict.outcome === 'again' ? retryAfterMillis(answer.retryAfter, answer.date) : undefined;
      endpoint.rest(asked ?? 0);
    } catch (error) {
      verdict = { outcome: signal.aborted ? 'failed' : 'again', error: error as Error };
    }
    if (verdict.outcome !== 'again') return verdict;
    if (tries >= patience.attempts) return givenUp(verdict.error, tries);
    const wait = Math.max(asked ?? 0, waitAfter(tries, patience));
    if (clockMillis() + wait >= until) return givenUp(verdict.error, tries, whyNot(asked, patience));
    const ended = await ends(wait, signal);
    if (ended) return ended;
  }
}

/** Waits. Returns a verdict if the signal ends the batch meanwhile. */
async function ends(millis: number, signal: AbortSignal): Promise<Verdict | undefined> {
  try {
    await pause(millis, signal);
    return undefined;
  } catch (error) {
    return { outcome: 'failed', error: error as Error };
  }
}

function tooSoon(rest: number, { deadlineMillis }: Patience): Verdict {
  return {
    outcome: 'failed',
    error: ownError(
      `nothing was sent: the endpoint asked to wait for another ${Math.ceil(rest / 1000)} s and a batch has ${deadlineMillis} ms`,
    ),
  };
}

function tooLate({ deadlineMillis }: Patience): Verdict {
  return {
    outcome: 'failed',
    error: ownError(`there was no time left of the ${deadlineMillis} ms that a batch has`),
  };
}

function givenUp({ message, name }: Error, tries: number, why = ''): Verdict {
  return {
    outcome: 'failed',
    error: ownError(`${message}; given up after ${tries === 1 ? '1 try' : `${tries} tries`}${why}`, name),
  };
}

function whyNot(asked: number | undefined, { deadlineMillis }: Patience): string {
  return asked === undefined
    ? `, because a batch has ${deadlineMillis} ms`
    : `, because it asks to wait ${Math.round(asked / 1000)} s and a batch has ${deadlineMillis} ms`;
}
