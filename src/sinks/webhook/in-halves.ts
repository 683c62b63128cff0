import type { BatchOutcome } from '../modifiers/batch-function.js';
import type { Verdict } from './answer.js';

/**
 * Sends emissions. A part that the endpoint refuses as it is goes again in halves, so that only the refused emissions are lost: one
 * bad emission of n costs at most 2·log2(n) further requests. If the endpoint takes nothing at all, this stops after 2·log2(n) + 2
 * further requests, and what is left has failed too.
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
      // The first half first, so that emissions arrive in their order.
      parts.push([middle, to], [from, middle]);
    } else outcomes.fill({ failed: verdict.error }, from, to);
  }
  return outcomes;
}
