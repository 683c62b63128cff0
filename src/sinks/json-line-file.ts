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
   * The file. The first line makes it, and its missing folders. The sink only appends to it.
   */
  readonly path: string;
  /**
   * When a line counts as delivered. `'never'`: when the file has it, so that it survives a crash of the process, but perhaps not one
   * of the machine. `'line'`: when the disk has it (fsync), one line at a time, which costs much more. `'group'`: the same, but lines
   * that come within `groupMillis` share one fsync. Default `'never'`.
   */
  readonly sync?: 'line' | 'group' | 'never' | undefined;
  /**
   * With `sync: 'group'`: maximum milliseconds that a line waits for the fsync of its group. A flush or a shutdown of the box starts
   * the fsync at once. Default 10.
   */
  readonly groupMillis?: number | undefined;
  /** The permission bits of a new file, as `0o640`, whatever the umask is. Default: 0o666 less the umask. */
  readonly mode?: number | undefined;
  /** Whether the path may be a symbolic link; links in its folder are always followed. Default `false`. */
  readonly followLinks?: boolean | undefined;
  /** When the file is put aside and a new one begins, and what happens to old files. Default: never. */
  readonly rotate?: RotateOptions | undefined;
  /** Whether lines contain the stacks of errors, with their causes. Default `true`. */
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
 * A sink that appends each emission to a file as one {@link jsonLine}, in order. It opens the file with the first emission, and again
 * after an error, and closes it when the box shuts down. One call of the system writes all lines that wait, so that several processes
 * can write to one file: no line is ever broken by another one's, whatever its length. If a write or a crash left a line unfinished,
 * the sink ends it before the next one. If the file was moved away or removed, as `logrotate` does, the sink notices it within a
 * second (with `sync` on, before the next line) and makes a new file.
 *
 * With `rotate`, the file gets a number after its name (`events.jsonl.000001`, `….000002`; the highest is the newest, with `.gz`
 * after it once it is compressed), and a new file begins. Several processes may rotate one file, all with the same options: one does
 * it, and the others notice it with their next line.
 *
 * @param options The path, when a line counts, how the file is made and rotated, and what the lines contain.
 * @throws {SignalboxError} If the path is no string, is a folder or a symbolic link that must not be followed, or does not lie in a
 * folder; or if an option has none of its possible values.
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
