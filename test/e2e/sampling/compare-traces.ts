import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Ledger } from './ledger.js';
import type { Thresholds, Verdict } from './verdict.js';
import { verdicts } from './verdict.js';

/**
 * How many standard deviations a count may be off by chance: 6 are less than one in 10^8 for the thousands of traces of a run, so that
 * what is further off is a fault.
 */
const SIGMAS = 6;

/** What is to be kept of a run. */
export interface Kept extends Thresholds {
  /** Of the traces that are not bad: 0 to 1. */
  readonly share: number;
}

/** What was found of a run, and what is amiss with it. */
export interface Compared {
  readonly bad: number;
  readonly good: number;
  readonly goodKept: number;
  readonly mismatches: readonly string[];
}

/** Each bad trace is there, each that is there is whole, and of the good ones the share is there. */
export function compareTraces(ledger: Ledger, found: readonly ReceivedSpan[], kept: Kept): Compared {
  const verdictOf = verdicts(ledger, kept);
  const count = (verdict: Verdict, ids: Iterable<string> = verdictOf.keys()): number =>
    [...ids].filter((id) => verdictOf.get(id) === verdict).length;
  const byTrace = tracesOf(found);
  const bad = [...verdictOf].filter(([, verdict]) => verdict === 'bad').map(([id]) => id);
  const missing = bad.filter((id) => !byTrace.has(id));
  const [good, goodKept] = [count('good'), count('good', byTrace.keys())];
  return {
    bad: bad.length,
    good,
    goodKept,
    mismatches: [
      ...(missing.length === 0
        ? []
        : [`${missing.length} of ${bad.length} bad traces are missing, as ${missing[0]}`]),
      ...incomplete(ledger, byTrace),
      ...offShare('good traces', goodKept, good, kept.share),
    ],
  };
}

/** Spans that are missing of a trace that is there, and such as nobody made. */
export function incomplete(ledger: Ledger, byTrace: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...byTrace].flatMap(([id, spans]) => {
    const made = ledger.spans[id];
    if (made === undefined) return [`trace ${id} was never made`];
    const lacking = made.filter((span) => !spans.has(span));
    const strange = [...spans].filter((span) => !made.includes(span));
    return [
      ...(lacking.length === 0 ? [] : [`trace ${id} lacks ${lacking.length} of its ${made.length} spans`]),
      ...(strange.length === 0 ? [] : [`trace ${id} has a span that was never made: ${strange[0]}`]),
    ];
  });
}

/** What is wrong with how many of `n` were picked, where each is by itself with this probability. */
export function offShare(what: string, picked: number, n: number, share: number): string[] {
  const [mean, deviation] = [n * share, Math.sqrt(n * share * (1 - share))];
  const [least, most] = [mean - SIGMAS * deviation, mean + SIGMAS * deviation].map(Math.round) as [
    number,
    number,
  ];
  if (n === 0) return [`there are no ${what}: nothing was shown`];
  if (least <= 0) return [`${n} ${what} are too few to tell ${share} from nothing`];
  return picked >= least && picked <= most
    ? []
    : [`${picked} of ${n} ${what} were kept, not ${least} to ${most}`];
}

/** Span ids by trace id. */
export function tracesOf(spans: readonly ReceivedSpan[]): Map<string, Set<string>> {
  const byTrace = new Map<string, Set<string>>();
  for (const { traceId, spanId } of spans)
    byTrace.set(traceId, (byTrace.get(traceId) ?? new Set()).add(spanId));
  return byTrace;
}
