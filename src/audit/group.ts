import type { Emission } from '../emission/emission.js';
import type { Content, Place } from './chain.js';
import { hashOf, lineAfter } from './chain.js';
import type { Gap } from './gap.js';
import { gapContent } from './gap.js';
import { LineBytes } from './line-bytes.js';
import type { FilePlace } from './read-tail.js';
import type { Signer } from './signature.js';

/** A group takes no more lines once it has so many bytes, or making it took so long: the app's turn is not ours. */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_MILLIS = 8;
/** Looked at after so many lines each: on a machine that is busy otherwise, groups stay groups. */
const LOOK_LINES = 128;

/** An emission that the trail was given. */
export class Entry {
  /** Taken out when it was asked for. */
  emission: Emission | undefined;
  readonly content: Content;
  outcome: 'delivered' | 'failed' | undefined;
  readonly promise: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor(emission: Emission, json: string) {
    this.emission = emission;
    this.content = { kind: 'emission', json };
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  delivered(): void {
    this.outcome ??= 'delivered';
    this.#resolve();
  }

  failed(error: unknown): void {
    this.outcome ??= 'failed';
    this.#reject(error);
  }
}

/** Lines that are written, synced and acknowledged together. */
export interface Group {
  readonly entries: readonly Entry[];
  readonly gaps: readonly Gap[];
  readonly bytes: Buffer;
  /** Where it goes, and where its last line is. */
  readonly at: number;
  readonly end: FilePlace;
  readonly lines: number;
  /** Its lines are on the disk; what is left is the head. */
  isSynced: boolean;
  /** It has its outcome, from whoever was first: what is done beside the app, or what is done when the process ends. */
  isDone: boolean;
}

/** Takes the gaps and as many of the waiting as make a group, or all of them, and puts them behind a place. */
export function groupAfter(
  place: FilePlace,
  gaps: readonly Gap[],
  waiting: Entry[],
  signer: Signer | undefined,
  takesAll: boolean,
): Group {
  const bytes = new LineBytes();
  let last: Place = place;
  let from = place.to;
  const add = (content: Content): void => {
    from = place.to + bytes.size;
    const line = bytes.add(lineAfter(last, content, signer));
    last = { seq: last.seq + 1, hash: hashOf(line) };
  };
  for (const gap of gaps) add(gapContent(gap));
  const begun = performance.now();
  let taken = 0;
  while (taken < waiting.length && (takesAll || bytes.size < GROUP_BYTES)) {
    if (!takesAll && taken % LOOK_LINES === LOOK_LINES - 1 && performance.now() - begun > GROUP_MILLIS) break;
    add((waiting[taken] as Entry).content);
    taken++;
  }
  return {
    entries: waiting.splice(0, taken),
    gaps,
    bytes: bytes.all,
    at: place.to,
    end: { seq: last.seq, hash: last.hash, from, to: place.to + bytes.size },
    lines: last.seq - place.seq,
    isSynced: false,
    isDone: false,
  };
}
