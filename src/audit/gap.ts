import { canonicalJson } from './canonical-json.js';
import type { Content } from './chain.js';

/** What is known to be missing from a trail, or to have happened to it. It is a line of its own, in its place in the chain. */
export type Gap =
  /** Emissions that could not be written, and were told as failed. */
  | { readonly reason: 'not_written'; readonly count: number }
  /** Emissions that were dropped before they came, by reason. */
  | { readonly reason: 'dropped'; readonly count: number; readonly by: Readonly<Record<string, number>> }
  /**
   * Bytes behind the last line that are taken out: how many, and their SHA-256. `torn_tail`: a process ended as it wrote them, before anybody
   * was told that they are written. `foreign_bytes`: somebody else wrote them while the trail was being written.
   */
  | { readonly reason: 'torn_tail' | 'foreign_bytes'; readonly bytes: number; readonly hash: string }
  /** The file at the path was none that the trail could go on in: it is kept under this name. */
  | { readonly reason: 'set_aside'; readonly file: string; readonly why: 'cut_or_changed' | 'no_trail' }
  /** The head file was not as it was left: `missing` or `damaged`. */
  | { readonly reason: 'head'; readonly was: 'missing' | 'damaged' };

export function gapContent(gap: Gap): Content {
  return { kind: 'gap', json: canonicalJson({ ...gap, time: new Date().toISOString() }) };
}

/** A sentence for people. */
export function gapSentence(gap: Gap): string {
  switch (gap.reason) {
    case 'not_written':
      return `${gap.count} emissions could not be written`;
    case 'dropped':
      return `${gap.count} emissions were dropped before they came`;
    case 'torn_tail':
      return `its last ${gap.bytes} bytes were no whole line, and are taken out: nothing that was acknowledged`;
    case 'foreign_bytes':
      return `somebody else wrote ${gap.bytes} bytes to its file: they are taken out`;
    case 'set_aside':
      return gap.why === 'no_trail'
        ? `the file at its path was no audit trail: it is called ${gap.file} now`
        : `its file was cut or changed: it is called ${gap.file} now, and the trail goes on in a new one`;
    case 'head':
      return `its head file was ${gap.was}: whether lines were cut off the end is not known`;
  }
}
