import type { Place } from '../chain.js';
import { BEGINNING } from '../chain.js';
import type { FileCheck, Problem } from './file-check.js';
import { FoundGaps } from './found-gaps.js';
import type { FoundHead } from './heads.js';
import { headText } from './heads.js';

/** What is known from elsewhere. */
export interface Anchors {
  /** A line that the trail must have. */
  readonly expected: Place | undefined;
  /** The line before the first: what came before is not looked at. */
  readonly after: Place | undefined;
}

/** Files that are one chain, in order. */
export interface Chain {
  readonly checks: readonly FileCheck[];
  readonly lines: number;
  readonly gaps: FoundGaps;
  readonly signed: number;
  readonly end: Place;
  /** Lines behind the head: written, and not acknowledged when the process ended. */
  readonly behind: number;
  /** Bytes at the end of a line that a process which lives is writing. */
  readonly unended: number;
}

export interface Verdict {
  readonly chains: readonly Chain[];
  readonly problems: readonly Problem[];
}

/** Heads by the files that they stand beside; a file without one is missing. */
export type Heads = ReadonlyMap<string, FoundHead | { readonly place: undefined; readonly why: string }>;

/** Files that a process which lives is writing. */
export type Written = ReadonlySet<string>;

/** Puts files that were read in order, by what their first and last lines say, and says what is wrong with them together. */
export function verdictOf(
  checks: readonly FileCheck[],
  heads: Heads,
  anchors: Anchors,
  written: Written = new Set(),
): Verdict {
  const wrong = checks.flatMap(({ problem }) => problem ?? []);
  if (wrong.length > 0) return { chains: [], problems: wrong };
  const { chains, problems } = inOrder(checks, heads, anchors.after ?? BEGINNING);
  if (problems.length > 0) return { chains: [], problems };
  const ended = chains.map((files) => chainOf(files, heads, anchors, written));
  const all = ended.flatMap(({ problem }) => problem ?? []);
  if (all.length === 0) all.push(...checks.flatMap((check) => headGapProblem(check, anchors)));
  if (all.length === 0) all.push(...expectedProblem(checks, anchors.expected));
  return { chains: ended.map(({ chain }) => chain), problems: all };
}

function inOrder(
  checks: readonly FileCheck[],
  heads: Heads,
  start: Place,
): { readonly chains: FileCheck[][]; readonly problems: Problem[] } {
  const next = new Map<FileCheck, FileCheck>();
  const chains: FileCheck[][] = [];
  const problems: Problem[] = [];
  for (const check of checks) {
    const { first, file } = check;
    if (!first) continue;
    if (first.seq === start.seq + 1 && first.prev === start.hash) chains.push([check]);
    else {
      const before = checks.find(({ last }) => last?.seq === first.seq - 1 && last.hash === first.prev);
      if (!before) problems.push({ file, line: 1, why: notFound(first, checks) });
      else if (next.has(before))
        problems.push({
          file,
          line: 1,
          why: `another file goes on at the same place: ${next.get(before)?.file}`,
        });
      else next.set(before, check);
    }
  }
  for (const chain of chains)
    for (let last = chain.at(-1); last && next.has(last); last = chain.at(-1))
      chain.push(next.get(last) as FileCheck);
  for (const empty of checks.filter(({ first }) => !first)) {
    // A new file with nothing in it yet: its head is that of the trail which goes on in it.
    const place = heads.get(empty.file)?.place;
    const chain =
      place && chains.find((files) => files.some(({ seen }) => seen.get(place.seq) === place.hash));
    if (chain) chain.push(empty);
    else chains.push([empty]);
  }
  return { chains, problems };
}

function notFound({ seq }: { readonly seq: number }, checks: readonly FileCheck[]): string {
  const ends = checks.map(({ last }) => last?.seq ?? 0).filter((end) => end < seq);
  const end = Math.max(0, ...ends);
  if (end < seq - 1) {
    const missing = end + 1 === seq - 1 ? `line ${end + 1} is` : `lines ${end + 1} to ${seq - 1} are`;
    return `its number is ${seq}: ${missing} missing. Give the files before it, or --after with the head that it follows`;
  }
  return `line ${seq - 1}, which it follows, is another one in the files that were given`;
}

function chainOf(
  files: readonly FileCheck[],
  heads: Heads,
  { expected, after }: Anchors,
  written: Written,
): { readonly chain: Chain; readonly problem: Problem | undefined } {
  const last = files.at(-1) as FileCheck;
  const gaps = new FoundGaps();
  for (const check of files) gaps.addAll(check.gaps);
  const sum = (of: 'lines' | 'signed'): number => files.reduce((n, check) => n + check[of], 0);
  const start = after ?? BEGINNING;
  const end = [...files].reverse().find((check) => check.last)?.last ?? start;
  const head = heads.get(last.file);
  const behind = head?.place ? end.seq - head.place.seq : 0;
  const unended = written.has(last.file) ? last.torn : 0;
  const chain = { unended, checks: files, lines: sum('lines'), gaps, signed: sum('signed'), end, behind };
  const has = ({ seq, hash }: Place): boolean =>
    (start.seq === seq && start.hash === hash) || files.some(({ seen }) => seen.get(seq) === hash);
  const torn = files.slice(0, -1).find((file) => file.torn > 0);
  if (torn) {
    const why = `it ends with ${torn.torn} bytes that are no whole line, and another file goes on behind them`;
    return { chain, problem: { file: torn.file, why } };
  }
  const why = endProblem(last.torn - unended, end, head, has, expected);
  return { chain, problem: why === undefined ? undefined : { file: last.file, why } };
}

/** What is wrong with the end of a chain. */
function endProblem(
  torn: number,
  end: Place,
  head: ReturnType<Heads['get']>,
  has: (place: Place) => boolean,
  // That the line is there does not say that it is the last one.
  expected: Place | undefined,
): string | undefined {
  if (!head)
    return expected?.seq === end.seq && expected.hash === end.hash
      ? undefined
      : 'its head file is missing: the files do not show whether lines were cut off its end';
  if (!head.place) return `its head file is damaged: ${head.why}`;
  if (!has(head.place)) return notThere(head.place, end);
  if (head.why !== undefined) return `its head file is not as it was written: ${head.why}`;
  if (torn > 0)
    return `it ends with ${torn} bytes that are no whole line, behind line ${end.seq}: a process ended as it wrote them. Nothing that was acknowledged is missing; the next start takes them out`;
  return undefined;
}

/** A trail that went on without its head file goes on behind whatever was left of it. Who has kept a later head has seen that. */
function headGapProblem({ file, gaps }: FileCheck, { expected }: Anchors): Problem[] {
  const { lastHead } = gaps;
  if (!lastHead || (expected && expected.seq >= lastHead.seq)) return [];
  const why = `its head file was missing or damaged when the trail went on here: the files do not show whether lines were cut off before it. If you know that none were, give --expect-head with line ${lastHead.seq} or a later one`;
  return [{ file, line: lastHead.line, why }];
}

function notThere(head: Place, end: Place): string {
  if (end.seq >= head.seq)
    return `line ${head.seq} is another one than its head file says: it was changed, or all behind a change was written anew`;
  const cut = end.seq + 1 === head.seq ? `line ${head.seq} is` : `lines ${end.seq + 1} to ${head.seq} are`;
  return `it ends with line ${end.seq}, and its head file says ${head.seq}: ${cut} cut off`;
}

function expectedProblem(checks: readonly FileCheck[], expected: Place | undefined): Problem[] {
  if (!expected || checks.some(({ seen }) => seen.get(expected.seq) === expected.hash)) return [];
  const file = checks[0]?.file ?? '';
  const other = checks.some(({ seen }) => seen.has(expected.seq));
  return [
    {
      file,
      why: other
        ? `line ${expected.seq} is another one than the head that was expected, ${headText(expected)}`
        : `line ${expected.seq} of the head that was expected is not there: an older state was put back, or its end was cut off`,
    },
  ];
}
