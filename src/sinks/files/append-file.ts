import type { FileHandle } from 'node:fs/promises';
import type { Identity } from './identity.js';
import { identityAt, isSameFile } from './identity.js';
import type { OpenedFile, OpenOptions } from './open-file.js';
import { openToAppend } from './open-file.js';
import { sealBehind } from './seal.js';
import { endOfLastWrite } from './write-position.js';

const NEWLINE = 0x0a;

/** What other processes did to the bytes of our last write. */
export interface Whereabouts {
  /** The bytes follow a line that another process left unfinished, so that their first line became a part of it. */
  readonly glued: boolean;
  /** The bytes are in no file any more, nor in a compressed archive. */
  readonly gone: boolean;
  /** The path names another file by now, or none. */
  readonly moved: boolean;
}

const HERE: Whereabouts = { glued: false, gone: false, moved: false };

/** A file that several processes append to. Each write is one call, so that the system keeps it together, whatever its length. */
export class AppendFile {
  readonly #given: string;
  readonly #opened: OpenedFile;
  readonly #followLinks: boolean;
  /** The end of our last write. Others may have written after it. */
  #end: number;
  #size: number;
  #seenAt = performance.now();

  /** Whether the last line was unfinished when the file was opened. */
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
  /** Its path when it was opened. */
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
  /** Its size when it was last seen. */
  get size(): number {
    return this.#size;
  }
  /** Time of the last write before the file was opened, in epoch milliseconds. */
  get writtenAt(): number {
    return Number(this.#opened.stat.mtimeMs);
  }
  /** Milliseconds since we last checked whether the path names this file. */
  get unseenMillis(): number {
    return performance.now() - this.#seenAt;
  }

  /** Whether the next write must first end an unfinished line. True once. */
  endsTornLine(): boolean {
    const torn = this.#torn;
    this.#torn = false;
    return torn;
  }

  /** Whether the path names another file, or none. False if the path can not be read. */
  async isElsewhere(): Promise<boolean> {
    this.#seenAt = performance.now();
    try {
      return !isSameFile(this.identity, await identityAt(this.#given, this.#followLinks));
    } catch {
      return false;
    }
  }

  /** Appends by one call of the system. It takes all bytes, unless the disk takes only a part. Returns how many it took. */
  async append(bytes: Uint8Array): Promise<number> {
    const { bytesWritten } = await this.#opened.handle.write(bytes, 0, bytes.length, null);
    return bytesWritten;
  }

  /** Checks where the bytes of the last write are. */
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
      // If the file can not be read, nothing shows that the write went wrong.
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
    // Undefined: somebody cut the file off.
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
