import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import type { Patience } from '../delivery/process-exit.js';
import type { AtExit, ExitOutcome } from '../delivery/write-at-exit.js';
import type { Emission } from '../emission/emission.js';
import { appendNow, finishLine } from './file-exit.js';
import { jsonLine } from './json-line.js';
import { Given, GivenList } from './write-outcomes.js';

const NEWLINE = 0x0a;

/** How long lines that are not forced to the disk go on without a look at whether their file is still there. */
const LOOK_MILLIS = 1000;

/** What tells a file from others, whatever its name is. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A line that a file was given. */
class Line extends Given {
  readonly text: string;
  /** Where in the file it is being written: not before. */
  at: { readonly fd: number; readonly from: number; readonly text: string } | undefined;
  /** In the file, if not on the disk. */
  written = false;

  constructor(emission: Emission, stack: boolean) {
    super(emission);
    this.text = `${jsonLine(emission, { stack })}\n`;
  }
}

/** A file that lines are appended to, one after the other. */
export class LineFile implements AtExit {
  readonly local = true;
  readonly waits = false;
  readonly #path: string;
  readonly #sync: boolean;
  readonly #stack: boolean;
  #handle: FileHandle | undefined;
  /** Which file the handle is of, and when it was last seen at the path. */
  #identity: Identity | undefined;
  #seenAt = 0;
  /** The size of the file, as far as we know: others may append to it too. */
  #size = 0;
  /** The end of what was asked for so far: also callers that do not wait are served in order. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #given = new GivenList<Line>();

  /** `stack`: whether lines tell the stacks of errors. */
  constructor(path: string, { sync, stack }: { readonly sync: boolean; readonly stack: boolean }) {
    this.#path = path;
    this.#sync = sync;
    this.#stack = stack;
  }

  append(emission: Emission): Promise<void> {
    const line = new Line(emission, this.#stack);
    this.#given.add(line);
    return this.#next(async () => {
      // Written meanwhile, at an exit of the process that was none.
      if (line.outcome) return;
      try {
        await this.#append(line);
        line.end('delivered');
      } catch (error) {
        line.end('failed');
        await this.#release().catch(() => {});
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#next(() => this.#release());
  }

  finish(emission: Emission | undefined, patience: Patience): ExitOutcome | undefined {
    const open = this.#given.open();
    if (open.length > 0) {
      const begun = open[0]?.at ? open.shift() : undefined;
      if (begun) finishLine(begun, this.#path, this.#sync, patience);
      this.#writeLast(
        open.map(({ text }) => text),
        (outcome) => open.shift()?.end(outcome),
        patience,
      );
      for (const line of open) line.end('lost');
    }
    const outcome = emission && this.#given.take(emission)?.outcome;
    return outcome === 'lost' ? 'failed' : outcome;
  }

  write(
    emissions: readonly Emission[],
    settled: (outcome: 'delivered' | 'failed') => void,
    patience: Patience,
  ): void {
    this.#writeLast(
      emissions.map((emission) => `${jsonLine(emission, { stack: this.#stack })}\n`),
      settled,
      patience,
    );
  }

  #writeLast(
    lines: readonly string[],
    settled: (outcome: 'delivered' | 'failed') => void,
    patience: Patience,
  ): void {
    if (lines.length === 0) return;
    appendNow(this.#path, this.#sync, lines, settled, patience);
  }

  #next(step: () => Promise<void>): Promise<void> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }

  async #append(line: Line): Promise<void> {
    let { text } = line;
    // What is written to a file that has no name any more succeeds, and is gone.
    if (this.#handle && (await this.#isElsewhere())) await this.#release().catch(() => {});
    if (!this.#handle) {
      this.#handle = await open(this.#path, 'a');
      const { dev, ino, size } = await this.#handle.stat({ bigint: true });
      this.#identity = { dev, ino };
      this.#size = Number(size);
      this.#seenAt = performance.now();
      if (await isTorn(this.#path, this.#handle)) text = `\n${text}`;
    }
    if (line.outcome) return;
    line.at = { fd: this.#handle.fd, from: this.#size, text };
    // One system call, unless the disk takes only a part of it.
    await this.#handle.appendFile(text);
    line.written = true;
    this.#size += Buffer.byteLength(text);
    if (this.#sync) await this.#handle.datasync();
  }

  /** Whether the path names another file than the handle, or none. */
  async #isElsewhere(): Promise<boolean> {
    const now = performance.now();
    if (!this.#sync && now - this.#seenAt < LOOK_MILLIS) return false;
    this.#seenAt = now;
    try {
      const { dev, ino, size } = await stat(this.#path, { bigint: true });
      if (dev !== this.#identity?.dev || ino !== this.#identity.ino) return true;
      this.#size = Number(size);
      return false;
    } catch (error) {
      // A path that can not be looked at for another reason tells nothing of the file.
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/**
 * Whether a file's last line has no end. A file that can be appended to but not read is taken to be whole.
 */
async function isTorn(path: string, appending: FileHandle): Promise<boolean> {
  const stat = await appending.stat();
  if (!stat.isFile() || stat.size === 0) return false;
  let reading: FileHandle | undefined;
  try {
    reading = await open(path, 'r');
    const { buffer } = await reading.read(new Uint8Array(1), 0, 1, stat.size - 1);
    return buffer[0] !== NEWLINE;
  } catch {
    return false;
  } finally {
    await reading?.close().catch(() => {});
  }
}
