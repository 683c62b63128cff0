import { statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { quiet } from '../delivery/quiet.js';
import type { SinkFunction } from '../delivery/sink.js';
import { SignalboxError, shown } from '../signal/problem.js';
import { jsonLine } from './json-line.js';

const NEWLINE = 0x0a;

/** How long lines that are not forced to the disk go on without a look at whether their file is still there. */
const LOOK_MILLIS = 1000;

/** Options of {@link jsonLineFile}. */
export interface JsonLineFileOptions {
  /**
   * The file; its folder must be there. The file is made with the first line, and is only ever appended to.
   */
  readonly path: string;
  /**
   * Whether a line counts as delivered only when the disk has it (fsync), which costs much more. Default
   * `false`.
   */
  readonly sync?: boolean | undefined;
  /** Whether the stacks of errors are told, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

/** Options of {@link auditFile}. */
export type AuditFileOptions = Omit<JsonLineFileOptions, 'sync'>;

/**
 * A sink that appends each emission to a file as one {@link jsonLine}, in order. The file is opened with the
 * first emission, again after an error, and closed when the box shuts down. A line that could not be written
 * whole is ended before the next one, also where a crash left it so. A file that was moved away or removed, as
 * `logrotate` does, is noticed within a second (with `sync`, at the next line) and made anew; lines that came
 * before went with the old one, and count as delivered.
 *
 * @param options The path, and what the lines tell.
 * @throws {SignalboxError} When the path is no string, its folder does not exist, or it is a folder itself, or an option is none of
 * the values it can have.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { jsonLineFile } from 'signalbox/sinks';
 *
 * createSignalbox({ destinations: { file: jsonLineFile({ path: 'events.jsonl' }) } });
 * ```
 */
export function jsonLineFile(options: JsonLineFileOptions): SinkFunction {
  return lineFile('jsonLineFile', options);
}

/**
 * A {@link jsonLineFile} whose lines count as delivered only when the disk has them: `jsonLineFile` with
 * `sync: true`. Before each line it looks whether its file is still the one at the path: after it was moved
 * away or removed, the next line begins a new one. Sensitive fields are `[redacted]` in it too, unless the
 * route to it reveals them.
 *
 * @param options The path, and what the lines tell.
 * @throws {SignalboxError} When the path is no string, its folder does not exist, or it is a folder itself, or an option is none of
 * the values it can have.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { auditFile } from 'signalbox/sinks';
 *
 * const REPORT_READ = defineSignal('REPORT_READ', { fields: { user: field.id({ sensitive: true }) } });
 * createSignalbox({
 *   destinations: { audit: auditFile({ path: 'audit.jsonl' }) },
 *   routes: [{ signals: [REPORT_READ], to: 'audit', reveal: ['user'] }],
 * });
 * ```
 */
export function auditFile(options: AuditFileOptions): SinkFunction {
  return lineFile('auditFile', { ...options, sync: true });
}

function lineFile(where: string, options: JsonLineFileOptions): SinkFunction {
  const file = new LineFile(checkedPath(where, options?.path), options.sync ?? false);
  const stack: unknown = options.stack ?? true;
  if (typeof stack !== 'boolean')
    throw new SignalboxError(`${where}: \`stack\` is ${shown(stack)}. Use true or false.`);
  const write: SinkFunction = (emission) => file.append(jsonLine(emission, { stack }));
  return quiet(Object.assign(write, { close: () => file.close() }));
}

function checkedPath(where: string, path: unknown): string {
  if (typeof path !== 'string' || path === '') {
    throw new SignalboxError(
      `${where}: \`path\` is ${shown(path)}. Give a file's path, as in 'audit.jsonl'.`,
    );
  }
  // Absolute from here on: a later change of the working directory must not move the file.
  const absolute = resolve(path);
  if (isFolder(absolute)) {
    throw new SignalboxError(`${where}: the path ${shown(path)} is a folder. Give the path of a file in it.`);
  }
  const folder = dirname(absolute);
  if (!isFolder(folder)) {
    throw new SignalboxError(
      `${where}: the folder ${shown(folder)} of the path ${shown(path)} does not exist. Create it first.`,
    );
  }
  return absolute;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** What tells a file from others, whatever its name is. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A file that lines are appended to, one after the other. */
class LineFile {
  readonly #path: string;
  readonly #sync: boolean;
  #handle: FileHandle | undefined;
  /** Which file the handle is of, and when it was last seen at the path. */
  #identity: Identity | undefined;
  #seenAt = 0;
  /** The end of what was asked for so far: also callers that do not wait are served in order. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, sync: boolean) {
    this.#path = path;
    this.#sync = sync;
  }

  append(line: string): Promise<void> {
    return this.#next(async () => {
      try {
        let text = `${line}\n`;
        // What is written to a file that has no name any more succeeds, and is gone.
        if (this.#handle && (await this.#isElsewhere())) await this.#release().catch(() => {});
        if (!this.#handle) {
          this.#handle = await open(this.#path, 'a');
          this.#identity = await this.#handle.stat({ bigint: true });
          this.#seenAt = performance.now();
          if (await isTorn(this.#path, this.#handle)) text = `\n${text}`;
        }
        await this.#write(this.#handle, text);
      } catch (error) {
        await this.#release().catch(() => {});
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#next(() => this.#release());
  }

  #next(step: () => Promise<void>): Promise<void> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Whether the path names another file than the handle, or none. */
  async #isElsewhere(): Promise<boolean> {
    const now = performance.now();
    if (!this.#sync && now - this.#seenAt < LOOK_MILLIS) return false;
    this.#seenAt = now;
    try {
      const { dev, ino } = await stat(this.#path, { bigint: true });
      return dev !== this.#identity?.dev || ino !== this.#identity.ino;
    } catch (error) {
      // A path that can not be looked at for another reason tells nothing of the file.
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  }

  async #write(handle: FileHandle, text: string): Promise<void> {
    // One system call, unless the disk takes only a part of it.
    await handle.appendFile(text);
    if (this.#sync) await handle.datasync();
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
