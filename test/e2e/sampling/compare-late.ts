import type { ReceivedSpan } from '../../support/otlp-model.js';
import { incomplete, offShare, tracesOf } from './compare-traces.js';
import type { Ledger } from './ledger.js';
import { merged } from './ledger.js';

/** What was found of traces that went on after they had been decided on. */
export interface ComparedLate {
  /** Late spans whose trace was kept, and those whose trace was not. */
  readonly spans: { readonly kept: number; readonly dropped: number };
  readonly mismatches: readonly string[];
}

/** What comes late follows its trace's decision: whole or not at all, and whatever it is, as many as the share says. */
export function compareLate(
  first: Ledger,
  late: Ledger,
  found: readonly ReceivedSpan[],
  share: number,
): ComparedLate {
  const ids = Object.keys(late.spans).filter((id) => first.spans[id] !== undefined);
  const byTrace = new Map([...tracesOf(found)].filter(([id]) => ids.includes(id)));
  const lateSpans = (isKept: boolean): number =>
    ids
      .filter((id) => byTrace.has(id) === isKept)
      .reduce((sum, id) => sum + (late.spans[id]?.length ?? 0), 0);
  return {
    spans: { kept: lateSpans(true), dropped: lateSpans(false) },
    mismatches: [
      ...incomplete(merged([first, late]), byTrace),
      ...offShare('traces that went on too long', byTrace.size, ids.length, share),
    ],
  };
}

/** Forgotten by a restart, what comes of a trace is decided on by itself: kept where it is bad, whether or not what came before was. */
export function compareForgotten(first: Ledger, late: Ledger, found: readonly ReceivedSpan[]): string[] {
  const byTrace = tracesOf(found);
  const ids = Object.keys(late.spans).filter((id) => first.spans[id] !== undefined);
  const has = (id: string, { spans }: Ledger): boolean =>
    (spans[id] ?? []).every((span) => byTrace.get(id)?.has(span));
  const lacking = ids.filter((id) => !has(id, late));
  const halves = ids.filter((id) => !has(id, first));
  return [
    ...(lacking.length === 0
      ? []
      : [`${lacking.length} of ${ids.length} forgotten traces lack what came after`]),
    ...(halves.length === 0 ? ['no trace is there in part: nothing was shown'] : []),
  ];
}
