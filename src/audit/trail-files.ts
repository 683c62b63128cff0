import { basename, dirname } from 'node:path';
import type { Place, ReadLine } from './chain.js';
import { BEGINNING, LINE_BEGINS, readLine } from './chain.js';
import { asidePath, fullNumbers, fullPath, headPath } from './file-names.js';
import type { FileStat, FileSystem } from './file-system.js';
import { FLAGS, readRange, writeAllNow } from './file-system.js';
import type { Gap } from './gap.js';
import type { ReadHead } from './head-record.js';
import { readHeadFile, SLOT_BYTES, slotAt, slotOf } from './head-record.js';
import type { FilePlace } from './read-tail.js';
import { isAt, lastLine, lineAt, readTail } from './read-tail.js';
import type { Signer } from './signature.js';

/** What the files of a trail are made with. */
export interface TrailOptions {
  readonly path: string;
  readonly files: FileSystem;
  readonly signer: Signer | undefined;
  /** Of files that are made. */
  readonly mode: number;
}

/** Where the next line goes, and the files that it goes to. */
export class TrailFiles {
  readonly #options: TrailOptions;
  #place: FilePlace | undefined;
  #fd: number | undefined;
  #headFd: number | undefined;
  #stat: FileStat | undefined;
  #headStat: FileStat | undefined;
  /** Of the head record that was written last. */
  #count = 1;
  #firstSeq = 1;
  /** The line that it names. */
  #headSeq = 0;
  /** What is behind the last line is none of the trail's, and is cut off behind the next. */
  hasRest = false;
  /** They were opened, and nothing failed on the way: what is known of them holds. */
  #isOpen = false;
  /** What opening them has mended, until one that ends well tells it. */
  #mended: Gap[] = [];

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  get place(): FilePlace {
    return this.#place ?? { ...BEGINNING, from: 0, to: 0 };
  }

  /** How many lines the file has, and since when it is there. */
  get lines(): number {
    return this.place.to === 0 ? 0 : this.place.seq - this.#firstSeq + 1;
  }

  get since(): number {
    return this.#stat?.birthMillis || Date.now();
  }

  get fd(): number {
    return this.#fd as number;
  }

  get headFd(): number {
    return this.#headFd as number;
  }

  /** Whether there are still the files that were opened, with nothing behind the last line, and nothing gone. */
  isInPlace(): boolean {
    const { files, path } = this.#options;
    if (!this.#isOpen || !isOf(this.#headStat, files.stat(headPath(path)))) return false;
    const stat = files.stat(path);
    if (this.#fd === undefined) return stat === undefined || (stat.kind === 'file' && stat.size === 0);
    return isOf(this.#stat, stat) && (this.hasRest || stat?.size === this.place.to);
  }

  /**
   * Opens the files, wherever a crash or somebody else left them. Gives what is missing from the trail, or wrong with it. `isBeside`: another
   * thread may be at those that are open, whose numbers must not become those of other files.
   */
  open(isBeside = false): Gap[] {
    if (!isBeside) this.close();
    this.#fd = undefined;
    const { files, path, mode } = this.#options;
    this.#isOpen = false;
    this.#headFd = files.open(headPath(path), FLAGS.make | FLAGS.noLink, mode);
    this.#headStat = files.statOf(this.#headFd);
    files.syncFolder(dirname(path));
    const rest: Gap[] = [];
    const restIs = this.#place ? 'foreign_bytes' : 'torn_tail';
    this.#place = this.#find(this.#whereItEnded(), restIs, rest);
    this.#nameLast();
    this.#isOpen = true;
    return [...this.#mended.splice(0), ...rest];
  }

  close(): void {
    const { files } = this.#options;
    const open = [this.#fd, this.#headFd];
    this.#fd = undefined;
    this.#headFd = undefined;
    for (const fd of open) if (fd !== undefined) files.close(fd);
  }

  /** Makes the file if it is not there. */
  make(): void {
    if (this.#fd !== undefined) return;
    const { files, path, mode } = this.#options;
    this.#isOpen = false;
    this.#fd = files.open(path, FLAGS.make | FLAGS.noLink, mode);
    this.#stat = files.statOf(this.#fd);
    // The name that the file before it has been given, too.
    files.syncFolder(dirname(path));
    this.#isOpen = true;
  }

  /** Puts the file aside as full. The next line goes to a new one. */
  rotate(): void {
    const { files, path } = this.#options;
    this.#nameLast();
    files.rename(path, fullPath(path, this.#lastFull() + 1));
    const full = this.#fd;
    this.#fd = undefined;
    this.#place = { ...this.place, from: 0, to: 0 };
    if (full !== undefined) files.close(full);
  }

  /** The head record that says of a place that it is certain, as bytes and where they go. */
  headOf(place: FilePlace): { readonly bytes: Buffer; readonly at: number } {
    const record = { ...place, count: this.#count + 1 };
    return { bytes: slotOf(record, this.#options.signer), at: slotAt(record) };
  }

  /** Lines were written behind the last one, up to this one. */
  wrote(place: FilePlace, lines: number): void {
    if (this.place.to === 0) this.#firstSeq = place.seq - lines + 1;
    this.#place = place;
  }

  /** The head record of them too. */
  wroteHead(): void {
    this.#count++;
    this.#headSeq = this.place.seq;
  }

  /** Lines behind the head become certain: once their file is put aside, the head alone tells where the trail goes on. */
  #nameLast(): void {
    if (this.#fd === undefined || this.#headSeq === this.place.seq) return;
    const { files } = this.#options;
    files.syncNow(this.#fd);
    const { bytes, at } = this.headOf(this.place);
    writeAllNow(files, this.headFd, bytes, at);
    files.syncNow(this.headFd);
    this.wroteHead();
  }

  #lastFull(): number {
    return fullNumbers(this.#options.files, this.#options.path).at(-1) ?? 0;
  }

  /** Where the trail ended, as is known, or as the head file says, or what is left of it. */
  #whereItEnded(): FilePlace {
    const { head, damage, isEmpty } = this.#readHead();
    const place = this.#place ?? head ?? this.#lastPlace();
    if (!this.#place && head) this.#count = head.count;
    if (damage !== undefined) {
      this.#writeHeads(place);
      if (place.seq > 0 || !isEmpty)
        this.#mended.push({ reason: 'head', was: isEmpty ? 'missing' : 'damaged' });
    }
    this.#headSeq = damage === undefined && head ? head.seq : place.seq;
    return { seq: place.seq, hash: place.hash, from: place.from, to: place.to };
  }

  #readHead(): {
    readonly head: ReadHead | undefined;
    readonly damage: string | undefined;
    readonly isEmpty: boolean;
  } {
    const { files, signer } = this.#options;
    const bytes = readRange(files, this.headFd, 0, 2 * SLOT_BYTES + 1);
    const { head, damage } = readHeadFile(bytes);
    const isEmpty = bytes.length === 0;
    if (!head || !signer) return { head, damage, isEmpty };
    const { signature } = head;
    if (signature?.key === signer.id)
      return signer.verifies(signature.text, signature.sig)
        ? { head, damage, isEmpty }
        : { head: undefined, damage: 'its signature is wrong', isEmpty };
    // From before there was this key, if so is the line that it names. Else somebody made it who has no key, to hide that lines were cut off.
    const line = this.#named(head);
    if (!line) return { head, damage: 'the line that it names is not there', isEmpty };
    return line.signature?.key === signature?.key
      ? { head, damage, isEmpty }
      : { head: undefined, damage: 'it has not the key of the line that it names', isEmpty };
  }

  /** The line that a head names, in the file or in the one that was put aside last. */
  #named(head: FilePlace): ReadLine | undefined {
    const { files, path } = this.#options;
    for (const file of [path, fullPath(path, this.#lastFull())]) {
      const line = this.#readFile(file, (fd) =>
        isAt(files, fd, head) ? readLine(readRange(files, fd, head.from, head.to - 1)) : undefined,
      );
      if (typeof line === 'object') return line;
    }
    return undefined;
  }

  /** Both records anew, the older one too. */
  #writeHeads(place: FilePlace): void {
    const { files, signer } = this.#options;
    const count = this.#count - (this.#count % 2) + 2;
    const slots = [count, count + 1].map((n) => slotOf({ ...place, count: n }, signer));
    writeAllNow(files, this.headFd, Buffer.concat(slots), 0);
    files.truncate(this.headFd, 2 * SLOT_BYTES);
    files.syncNow(this.headFd);
    this.#count = count + 1;
  }

  /** The last line that there is, where no head tells. */
  #lastPlace(): FilePlace {
    const { files, path } = this.#options;
    const own = this.#readFile(path, (fd) => (beginsAsTrail(files, fd) ? lastLine(files, fd) : undefined));
    if (own) return own;
    const full = this.#readFile(fullPath(path, this.#lastFull()), (fd) => lastLine(files, fd));
    return { ...(full ?? BEGINNING), from: 0, to: 0 };
  }

  #readFile<T>(path: string, read: (fd: number) => T): T | undefined {
    const { files } = this.#options;
    if (files.stat(path)?.kind !== 'file') return undefined;
    const fd = files.open(path, FLAGS.there | FLAGS.noLink);
    try {
      return read(fd);
    } finally {
      files.close(fd);
    }
  }

  /** Where the next line goes: behind all that follows the place in the file, if the file is the one to go on in. */
  #find(place: FilePlace, restIs: 'torn_tail' | 'foreign_bytes', gaps: Gap[]): FilePlace {
    const { files, path, signer } = this.#options;
    this.hasRest = false;
    const begin = { ...place, from: 0, to: 0 };
    if ((files.stat(path)?.size ?? 0) === 0) return begin;
    const fd = files.open(path, FLAGS.there | FLAGS.noLink);
    this.#fd = fd;
    this.#stat = files.statOf(fd);
    const start = isAt(files, fd, place) ? place : beginsAfter(files, fd, place) ? begin : undefined;
    if (!start) {
      this.#setAside(beginsAsTrail(files, fd));
      return begin;
    }
    const { last, rest } = readTail(files, fd, start, signer);
    const first = lineAt(files, fd, 0, this.#stat.size);
    const firstLine = first && readLine(first);
    this.#firstSeq = typeof firstLine === 'object' ? firstLine.seq : last.seq + 1;
    if (rest) {
      this.hasRest = true;
      gaps.push({ reason: restIs, ...rest });
    }
    return last;
  }

  #setAside(isTrail: boolean): void {
    const { files, path } = this.#options;
    const to = isTrail ? fullPath(path, this.#lastFull() + 1) : asidePath(files, path);
    files.rename(path, to);
    this.#mended.push({
      reason: 'set_aside',
      file: basename(to),
      why: isTrail ? 'cut_or_changed' : 'no_trail',
    });
    files.close(this.fd);
    this.#fd = undefined;
    files.syncFolder(dirname(path));
  }
}

function isOf(known: FileStat | undefined, found: FileStat | undefined): boolean {
  return known !== undefined && found !== undefined && known.dev === found.dev && known.ino === found.ino;
}

/** Whether a file begins as the trail's files do, or with the first part of such a line. */
function beginsAsTrail(files: FileSystem, fd: number): boolean {
  const text = readRange(files, fd, 0, LINE_BEGINS.length).toString('latin1');
  return LINE_BEGINS.startsWith(text);
}

/** Whether a file's first line follows a place, or may have been going to when it was torn. */
function beginsAfter(files: FileSystem, fd: number, { seq, hash }: Place): boolean {
  const first = lineAt(files, fd, 0, files.statOf(fd).size);
  if (!first) return beginsAsTrail(files, fd);
  const line = readLine(first);
  return typeof line === 'object' && line.seq === seq + 1 && line.prev === hash;
}
