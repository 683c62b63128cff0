import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quiet } from '../delivery/emits-nothing.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { writesAtExit } from '../delivery/write-at-exit.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkSwitch, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { LineFile } from './file-writer.js';

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

const AUDIT_OPTIONS: OptionNames<AuditFileOptions> = { path: true, stack: true };
const OPTIONS: OptionNames<JsonLineFileOptions> = { ...AUDIT_OPTIONS, sync: true };

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
  return lineFile('jsonLineFile', optionsOf('jsonLineFile', options, OPTIONS));
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
  return lineFile('auditFile', { ...optionsOf('auditFile', options, AUDIT_OPTIONS), sync: true });
}

function lineFile(where: string, options: JsonLineFileOptions): SinkFunction {
  const path = checkedPath(where, options.path);
  const { sync = false, stack = true } = options;
  checkSwitch(where, 'sync', sync);
  checkSwitch(where, 'stack', stack);
  const file = new LineFile(path, { sync, stack });
  const write: SinkFunction = (emission) => file.append(emission);
  return writesAtExit(quiet(Object.assign(write, { close: () => file.close() })), file);
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
