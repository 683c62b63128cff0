import { dirname } from 'node:path';
import { ownError } from '../delivery/own-error.js';
import type { Emission } from '../emission/emission.js';
import { compressFullFiles } from './compress-full.js';
import { writeAll, writeAllNow } from './file-system.js';
import type { Gap } from './gap.js';
import { gapSentence } from './gap.js';
import type { Group } from './group.js';
import { Entry, groupAfter } from './group.js';
import { Losses } from './losses.js';
import type { Rotation } from './rotation.js';
import { isFull } from './rotation.js';
import type { TrailOptions } from './trail-files.js';
import { TrailFiles } from './trail-files.js';
import type { WriterLock } from './writer-lock.js';

/** What a trail is made of. */
export interface TrailParts extends TrailOptions {
  readonly lock: WriterLock;
  readonly rotation: Rotation;
  /** What a line holds of an emission, as canonical JSON. */
  readonly json: (emission: Emission) => string;
  /** Tells what was found wrong, or gone. */
  readonly tell: (sentence: string) => void;
}

/**
 * An audit trail that is being written. What comes while a group is being written makes the next group. A group is written, then synced,
 * then the head is written and synced, then each of its lines is acknowledged.
 */
export class Trail {
  readonly #parts: TrailParts;
  readonly #files: TrailFiles;
  readonly #waiting: Entry[] = [];
  readonly #losses = new Losses();
  /** What was found when the files were opened, until it is in the chain. */
  #found: Gap[] = [];
  #group: Group | undefined;
  #running: Promise<void> | undefined;
  /** Those whose outcome came last: whoever gave them may not have heard of it when the process ends. */
  #settled: readonly Entry[] = [];
  /** A group could not be ended when the process ended, and may still be being written: nothing may come after it. */
  #isStuck = false;
  /** Another thread may be at the files: what is open stays so. */
  #isBeside = false;
  #isEnding = false;
  /** The full files are being compressed. */
  #compressing: Promise<void> | undefined;

  constructor(parts: TrailParts) {
    this.#parts = parts;
    this.#files = new TrailFiles(parts);
  }

  /** Opens what is there, and mends it. Throws what the disk says. */
  open(): void {
    this.#open();
    if (this.#found.length > 0) this.#commitNow();
  }

  append(emission: Emission): Promise<void> {
    const entry = new Entry(emission, this.#parts.json(emission));
    this.#waiting.push(entry);
    this.#running ??= Promise.resolve().then(this.#commitAll);
    return entry.promise;
  }

  /** Emissions are lost that never came: the trail tells that they are missing. */
  lost(reason: string, count: number): void {
    this.#losses.dropped(reason, count);
  }

  /** Ends what was begun, lets go of the files and of the lock. */
  async close(): Promise<void> {
    while (this.#running) await this.#running;
    try {
      if (!this.#losses.isEmpty) this.#commitNow();
    } catch {
      // Those that are lost were told as failed; the trail can not say so.
    }
    // The lock is held until then: the next writer would compress the same file.
    await this.#compressing;
    this.#release();
  }

  /** The process ends: all that was given is written at once. Gives what became of an emission, once for each time that it was given. */
  finish(emission: Emission | undefined): 'delivered' | 'failed' | undefined {
    this.#endNow();
    this.#parts.lock.release();
    const known = [...this.#settled, ...this.#waiting];
    const found = emission && known.find((one) => one.emission === emission && one.outcome === 'delivered');
    if (!found) return undefined;
    found.emission = undefined;
    return 'delivered';
  }

  /** The process ends: these are written at once. Tells the outcome of each, in order. */
  write(emissions: readonly Emission[], settled: (outcome: 'delivered' | 'failed') => void): void {
    const entries = emissions.map((emission) => new Entry(emission, this.#parts.json(emission)));
    // Nobody waits for these.
    for (const { promise } of entries) promise.catch(() => {});
    this.#waiting.push(...entries);
    this.#endNow();
    this.#parts.lock.release();
    for (const { outcome = 'failed' } of entries) settled(outcome);
  }

  readonly #commitAll = async (): Promise<void> => {
    try {
      while (this.#waiting.length > 0) await this.#commit();
    } finally {
      this.#running = undefined;
    }
  };

  async #commit(): Promise<void> {
    let group: Group | undefined;
    try {
      group = this.#begin();
      this.#isBeside = true;
      const { files } = this.#parts;
      const { fd, headFd } = this.#files;
      await writeAll(files, fd, group.bytes, group.at);
      if (group.isDone) return;
      this.#cutRest(group);
      await files.sync(fd);
      if (group.isDone) return;
      group.isSynced = true;
      const head = this.#files.headOf(group.end);
      await writeAll(files, headFd, head.bytes, head.at);
      if (group.isDone) return;
      await files.sync(headFd);
      if (!group.isDone) this.#acknowledge(group);
    } catch (error) {
      this.#fail(group, error);
    } finally {
      this.#isBeside = false;
      this.#isStuck = false;
    }
  }

  /** The same at once. */
  #commitNow(group: Group = this.#begin()): void {
    try {
      const { files } = this.#parts;
      const { fd, headFd } = this.#files;
      writeAllNow(files, fd, group.bytes, group.at);
      this.#cutRest(group);
      files.syncNow(fd);
      group.isSynced = true;
      const head = this.#files.headOf(group.end);
      writeAllNow(files, headFd, head.bytes, head.at);
      files.syncNow(headFd);
      this.#acknowledge(group);
    } catch (error) {
      this.#fail(group, error);
      throw error;
    }
  }

  /** Ends what another thread may be writing, the same bytes to the same place, and then all that waits. */
  #endNow(): void {
    this.#isEnding = true;
    try {
      if (this.#isStuck) throw ownError('an audit file could not be written when the process ended');
      if (this.#group) {
        this.#isStuck = true;
        this.#commitNow(this.#group);
        this.#isStuck = false;
      }
      while (this.#waiting.length > 0 || !this.#losses.isEmpty) this.#commitNow();
    } catch (error) {
      this.#fail(undefined, error);
    } finally {
      this.#isEnding = false;
    }
  }

  /** Makes the next group, and sees to it that its files are there. */
  #begin(): Group {
    if (!this.#parts.lock.isHeld || !this.#files.isInPlace()) this.#open();
    this.#rotate();
    this.#files.make();
    const gaps = [...this.#found, ...this.#losses.take()];
    this.#found = [];
    // When the process ends one group takes all: the thread that may still be at the head before it is behind by one record, never by two,
    // which would have the same slot.
    const { signer } = this.#parts;
    this.#group = groupAfter(this.#files.place, gaps, this.#waiting, signer, this.#isEnding);
    return this.#group;
  }

  #open(): void {
    const { lock, tell, path, files } = this.#parts;
    const folder = dirname(path);
    if (!files.stat(folder)) files.makeFolder(folder);
    const holder = lock.take();
    if (holder) throw ownError(`the audit file is being written by ${holder}`);
    const found = this.#files.open(this.#isBeside);
    for (const gap of found) tell(gapSentence(gap));
    this.#found.push(...found);
  }

  #rotate(): void {
    if (this.#isBeside || !isFull(this.#files, this.#parts.rotation)) return;
    try {
      this.#files.rotate();
    } catch {
      this.#parts.tell('its file is full and could not be put aside: it goes on in it');
      return;
    }
    if (this.#parts.rotation.gzip) this.#compress();
  }

  /** Beside the app, with what is put aside meanwhile. */
  #compress(): void {
    const { path, files, tell } = this.#parts;
    this.#compressing ??= compressFullFiles(path, files)
      .catch(() => tell('a full file could not be compressed: it stays as it is until the next one is full'))
      .finally(() => {
        this.#compressing = undefined;
      });
  }

  /** What a failure or a crash left behind the last line is longer than what was written over it. */
  #cutRest({ end }: Group): void {
    if (!this.#files.hasRest) return;
    this.#parts.files.truncate(this.#files.fd, end.to);
    this.#files.hasRest = false;
  }

  #acknowledge(group: Group): void {
    this.#files.wrote(group.end, group.lines);
    this.#files.wroteHead();
    this.#end(group);
    for (const entry of group.entries) entry.delivered();
  }

  /** A group that failed, or all that waits where none could be made. */
  #fail(group: Group | undefined, error: unknown): void {
    if (group?.isDone) return;
    const entries = group?.entries ?? this.#waiting.splice(0);
    if (group?.isSynced) {
      // They are there, and are acknowledged to nobody: the next head will say so.
      this.#files.wrote(group.end, group.lines);
    } else {
      this.#losses.notWritten(entries.length);
      if (group) {
        this.#files.hasRest = true;
        this.#found.unshift(...group.gaps.filter((gap) => !this.#losses.putBack(gap)));
      }
    }
    if (group) this.#end(group);
    else this.#settle(entries);
    for (const entry of entries) entry.failed(error);
  }

  #end(group: Group): void {
    group.isDone = true;
    this.#settle(group.entries);
    if (this.#group === group) this.#group = undefined;
  }

  #settle(entries: readonly Entry[]): void {
    this.#settled = this.#isEnding ? [...this.#settled, ...entries] : entries;
  }

  #release(): void {
    try {
      this.#files.close();
    } finally {
      this.#parts.lock.release();
    }
  }
}
