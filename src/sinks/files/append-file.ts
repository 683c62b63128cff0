import type { FileHandle } from 'node:fs/promises';
import type { Identity } from './identity.js';
import { identityAt, isSameFile } from './identity.js';
import type { OpenedFile, OpenOptions } from './open-file.js';
import { openToAppend } from './open-file.js';
import { sealBehind } from './seal.js';
import { endOfLastWrite } from './write-position.js';

const NEWLINE = 0x0a;

/** What became of what was written, as far as others' hands were in it. */
export interface Whereabouts {
  /** It stands behind a line that another process left without an end, so that its first line is a part of that one. */
  readonly glued: boolean;
  /** It is in no file any more, nor in what was compressed of it. */
  readonly gone: boolean;
  /** The path names another file by now, or none. */
  readonly moved: boolean;
}

const HERE: Whereabouts = { glued: false, gone: false, moved: false };

/** A file that several processes append to. Each write is one call, so that the system keeps it together whatever its length is. */
export class AppendFile {
  readonly #given: string;
  readonly #opened: OpenedFile;
  readonly #followLinks: boolean;
  /** The end of what we wrote last; others may have written behind it. */
  #end: number;
  #size: number;
  #seenAt = performance.now();

  /** The last line had no end when the file was opened. */
  #torn: boolean;

  private constructor(given: string, opened: OpenedFile, options: OpenOptions, torn: boolean) {
    this.#given = given;
    this.#opened = opened;
    this.#followLinks = options.followLinks;
    this.#size = Number(opened.stat.size);
    this.#end = this.#size;
    this.#torn = torn;
  }

  static async open(path: string, options: OpenOptions): Promise<AppendFile> {
    const opened = await openToAppend(path, options);
    const size = Number(opened.stat.size);
    try {
      const torn = opened.readable && size > 0 && (await byteAt(opened.handle, size - 1)) !== NEWLINE;
      return new AppendFile(path, opened, options, torn);
    } catch (error) {
      await opened.handle.close().catch(() => {});
      throw error;
    }
  }

  get fd(): number {
    return this.#opened.handle.fd;
  }
  /** Where it was when it was opened. */
  get path(): string {
    return this.#opened.path;
  }
  get identity(): Identity {
    return this.#opened.stat;
  }
  get regular(): boolean {
    return this.#opened.regular;
  }
  get readable(): boolean {
    return this.#opened.readable;
  }
  get made(): boolean {
    return this.#opened.made;
  }
  /** As it was seen last. */
  get size(): number {
    return this.#size;
  }
  /** When it was last written to before it was opened, in epoch milliseconds. */
  get writtenAt(): number {
    return Number(this.#opened.stat.mtimeMs);
  }
  /** For how many milliseconds it was not looked whether the path names this file. */
  get unseenMillis(): number {
    return performance.now() - this.#seenAt;
  }

  /** Whether what is written next has to end a torn line first: true once. */
  endsTornLine(): boolean {
    const torn = this.#torn;
    this.#torn = false;
    return torn;
  }

  /** Whether the path names another file, or none. A path that can not be looked at tells nothing. */
  async isElsewhere(): Promise<boolean> {
    this.#seenAt = performance.now();
    try {
      return !isSameFile(this.identity, await identityAt(this.#given, this.#followLinks));
    } catch {
      return false;
    }
  }

  /** One call of the system: it takes all, unless the disk takes a part. Gives how many bytes it took. */
  async append(bytes: Uint8Array): Promise<number> {
    const { bytesWritten } = await this.#opened.handle.write(bytes, 0, bytes.length, null);
    return bytesWritten;
  }

  /** Where the bytes are that were written last. */
  async look(bytes: Uint8Array, written: number): Promise<Whereabouts> {
    const known = this.#end;
    const [stat, moved] = await Promise.all([
      this.#opened.handle.stat({ bigint: true }).catch(() => undefined),
      this.isElsewhere(),
    ]);
    if (!stat || !this.regular) return { ...HERE, moved };
    this.#size = Number(stat.size);
    this.#end = known + written === this.#size ? this.#size : (endOfLastWrite(this.fd) ?? this.#size);
    const start = this.#end - written;
    try {
      const glued = start !== known && bytes[0] !== NEWLINE && (await this.#isInLine(start));
      return { glued, gone: moved && (await this.#isGone(known, start, stat.nlink)), moved };
    } catch {
      // What can not be read is not known to be wrong.
      return { ...HERE, moved };
    }
  }

  sync(): Promise<void> {
    return this.#opened.handle.datasync();
  }

  close(): Promise<void> {
    return this.#opened.handle.close();
  }

  async #isInLine(start: number): Promise<boolean> {
    if (!this.readable || start <= 0) return false;
    const before = await byteAt(this.#opened.handle, start - 1);
    // Nothing: somebody cut the file off.
    return before !== undefined && before !== NEWLINE;
  }

  async #isGone(known: number, start: number, names: bigint): Promise<boolean> {
    if (!this.readable) return names === 0n;
    const seal = await sealBehind(this.#opened.handle, known);
    return seal === undefined ? names === 0n : seal < start;
  }
}

async function byteAt(handle: FileHandle, position: number): Promise<number | undefined> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(1), 0, 1, position);
  return bytesRead === 1 ? buffer[0] : undefined;
}
