import { quiet } from '../delivery/emits-nothing.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { writesAtExit } from '../delivery/write-at-exit.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkSwitch, optionsOf } from '../signal/option-checks.js';
import type { RotateOptions } from './files/file-options.js';
import { checkedGroup, checkedMode, checkedRotate, checkedSync } from './files/file-options.js';
import { checkedPath, checkNoLink } from './files/file-path.js';
import { LineWriter } from './files/line-writer.js';
import type { FileSettings } from './files/settings.js';
import { IN_FLIGHT } from './files/settings.js';

/** Options of {@link jsonLineFile}. */
export interface JsonLineFileOptions {
  /**
   * The file. It is made with the first line, with its folder and those above it where they are missing, and is only ever appended to.
   */
  readonly path: string;
  /**
   * When a line counts as delivered. `'never'`: when the file has it, which a crash of the process does not undo, but one of the machine
   * may. `'line'`: when the disk has it (fsync), one line at a time, which costs much more. `'group'`: the same, but lines that come
   * within `groupMillis` share one fsync. Default `'never'`.
   */
  readonly sync?: 'line' | 'group' | 'never' | undefined;
  /**
   * With `sync: 'group'`: for how many milliseconds at most a line waits until the fsync of its group begins; that begins at once when the
   * box is flushed or shut down. Default 10.
   */
  readonly groupMillis?: number | undefined;
  /** The permission bits of a file that is made, as `0o640`, whatever the umask is. Default: 0o666 less the umask. */
  readonly mode?: number | undefined;
  /** Whether the path may be a symbolic link; links in its folder are always followed. Default `false`. */
  readonly followLinks?: boolean | undefined;
  /** When the file is put aside and a new one begun, and what becomes of the old ones. Default: never. */
  readonly rotate?: RotateOptions | undefined;
  /** Whether the stacks of errors are told, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

const OPTIONS: OptionNames<JsonLineFileOptions> = {
  path: true,
  sync: true,
  groupMillis: true,
  mode: true,
  followLinks: true,
  rotate: true,
  stack: true,
};

/**
 * A sink that appends each emission to a file as one {@link jsonLine}, in order. The file is opened with the first emission, again after an
 * error, and closed when the box shuts down. Lines that wait are written by one call of the system, so that several processes can write
 * to one file: a line is never broken by another one's, whatever its length is. A line that could not be written whole, or that a crash
 * left so, is ended before the next one. A file that was moved away or removed, as `logrotate` does, is noticed within a second (with
 * `sync` on, before the next line) and made anew.
 *
 * With `rotate` the file gets a number behind its name (`events.jsonl.000001`, `….000002`; the highest is the newest, with `.gz` behind it
 * once it is compressed) and a new one is begun. Several processes may rotate one file, all with the same options: one does it, the others
 * notice it with their next line.
 *
 * @param options The path, when a line counts, how the file is made and rotated, and what the lines tell.
 * @throws {SignalboxError} When the path is no string, is a folder, a symbolic link that is not to be followed, or lies in what is no
 * folder, or an option is none of the values it can have.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { jsonLineFile } from 'signalbox/sinks';
 *
 * createSignalbox({
 *   destinations: {
 *     file: jsonLineFile({
 *       path: 'logs/events.jsonl',
 *       sync: 'group',
 *       rotate: { maxBytes: 100_000_000, everyMillis: 86_400_000, keep: 14, gzip: true },
 *     }),
 *   },
 * });
 * ```
 */
export function jsonLineFile(options: JsonLineFileOptions): SinkFunction {
  const where = 'jsonLineFile';
  const given = optionsOf(where, options, OPTIONS);
  const { stack = true, followLinks = false, mode, groupMillis } = given;
  const path = checkedPath(where, given.path);
  checkSwitch(where, 'stack', stack);
  checkSwitch(where, 'followLinks', followLinks);
  if (!followLinks) checkNoLink(where, path, given.path);
  const sync = checkedSync(where, given.sync);
  return lineFile({
    path,
    sync,
    groupMillis: checkedGroup(where, sync, groupMillis),
    stack,
    mode: checkedMode(where, mode),
    followLinks,
    rotate: checkedRotate(where, given.rotate),
  });
}

function lineFile(settings: FileSettings): SinkFunction {
  const file = new LineWriter(settings);
  const write: SinkFunction = (emission) => file.append(emission);
  const sink = Object.assign(write, {
    close: () => file.close(),
    inFlight: IN_FLIGHT,
    ...(settings.sync === 'group' ? { flush: () => file.flush() } : {}),
    ...(settings.sync === 'never' ? {} : { durable: true }),
  });
  return writesAtExit(quiet(sink), file);
}
