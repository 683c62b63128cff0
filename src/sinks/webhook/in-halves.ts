import type { BatchOutcome } from '../modifiers/batch-function.js';
import type { Verdict } from './answer.js';

/**
 * Sends emissions; what the endpoint does not take as it is goes again in halves, so that only the emissions are lost that it does not take: for
 * one bad one of n that is at most 2·log2(n) further requests. An endpoint that takes nothing of all is left alone after 2·log2(n) + 2, and
 * what is left then has failed with the rest.
 */
export async function inHalves<T>(
  items: readonly T[],
  send: (part: readonly T[]) => Promise<Verdict>,
): Promise<BatchOutcome[]> {
  const outcomes: BatchOutcome[] = items.map(() => undefined);
  const parts: [from: number, to: number][] = [[0, items.length]];
  let requests = 1 + 2 * Math.ceil(Math.log2(items.length)) + 2;
  let refusal: unknown;
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [from, to] = part;
    if (requests === 0) {
      outcomes.fill({ failed: refusal }, from, to);
      continue;
    }
    requests--;
    const verdict = await send(items.slice(from, to));
    if (verdict.outcome === 'delivered') requests = Number.POSITIVE_INFINITY;
    else if (verdict.outcome === 'invalid' && to - from > 1) {
      refusal = verdict.error;
      const middle = (from + to) >> 1;
      // The first half first: emissions arrive in their order.
      parts.push([middle, to], [from, middle]);
    } else outcomes.fill({ failed: verdict.error }, from, to);
  }
  return outcomes;
}
