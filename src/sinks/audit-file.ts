import { realFiles } from '../audit/file-system.js';
import { openTrail } from '../audit/open-trail.js';
import { quiet } from '../delivery/emits-nothing.js';
import { createReport } from '../delivery/report.js';
import type { SinkFunction } from '../delivery/sink-function.js';
import { writesAtExit } from '../delivery/write-at-exit.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkOneOf, checkSwitch, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { AuditKey } from './audit-key.js';
import { signerOf } from './audit-key.js';
import type { AuditRotation } from './audit-rotation.js';
import { rotationOf } from './audit-rotation.js';
import { canonicalLine } from './canonical-line.js';

/** Options of {@link auditFile}. */
export interface AuditFileOptions {
  /** The file. Its folder is made if it is not there; the file is made with the first line. */
  readonly path: string;
  /** Signs each line, and the head. Default: no signature. */
  readonly key?: AuditKey | undefined;
  /** When the file is full and a new one begins, which goes on with the chain. Default: never. */
  readonly rotate?: AuditRotation | undefined;
  /**
   * What a second writer of the same path gets: `'refuse'`, an error, or `'own-file'`, a trail of its own beside it (`audit.2.jsonl`), which
   * `audit verify` takes too. Default `'refuse'`.
   */
  readonly secondWriter?: 'refuse' | 'own-file' | undefined;
  /** The mode of files that are made, less what the process's umask takes. Default `0o600`: its owner alone reads and writes them. */
  readonly mode?: number | undefined;
  /** Whether a path that is a symbolic link is followed to the file that it names. Default `false`: it is refused. */
  readonly followLinks?: boolean | undefined;
  /** Whether the stacks of errors are told, with their causes. Default `true`. */
  readonly stack?: boolean | undefined;
}

const OPTIONS: OptionNames<AuditFileOptions> = {
  path: true,
  key: true,
  rotate: true,
  secondWriter: true,
  mode: true,
  followLinks: true,
  stack: true,
};

/** How many emissions a trail is given before it has answered the first. */
const IN_FLIGHT = 1024;

/**
 * A sink that writes an audit trail: a file of JSON lines that only ever grows and shows when it was tampered with. Each line is canonical
 * JSON (RFC 8785) with its number, the SHA-256 of the line before it, and what `jsonLine` tells of the emission, as `emission`.
 * `npx signalbox audit verify audit.jsonl` says whether a trail is whole; docs/audit.md says what it finds with a key and without.
 *
 * An emission counts as delivered only when the disk has its line and the head behind it (a file beside the trail, `audit.jsonl.head`,
 * that says where it ends). Lines are written and synced in groups. After a crash the next start takes out a line that is there
 * in part, and says so in a line of its own, as it does of emissions that could not be written. A file that was moved away is made anew and
 * goes on with the chain; so does one that was cut or changed, which is put aside.
 *
 * Of a path there is one writer at a time, in a process or thread: a second one is refused. Sensitive fields are
 * `[redacted]`, unless the route reveals them.
 *
 * @param options The path, the key, when to begin a new file.
 * @throws {SignalboxError} When an option is none of the values it can have, the path is a folder or a link, its folder can not be
 * made, or somebody else writes the file.
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
  const given = optionsOf('auditFile', options, OPTIONS);
  const { path, key, rotate, secondWriter = 'refuse', mode = 0o600 } = given;
  const { followLinks = false, stack = true } = given;
  checkOneOf('auditFile', 'secondWriter', secondWriter, ['refuse', 'own-file']);
  checkSwitch('auditFile', 'followLinks', followLinks);
  checkSwitch('auditFile', 'stack', stack);
  checkMode(mode);
  const report = createReport();
  const trail = openTrail({
    path: checkedPath(path),
    files: realFiles,
    signer: key === undefined ? undefined : signerOf('auditFile', key),
    rotation: rotationOf('auditFile', rotate),
    ownFile: secondWriter === 'own-file',
    mode,
    followLinks,
    json: (emission) => canonicalLine(emission, stack),
    tell: (name, sentence) => report(`audit ${name} ${sentence}`, `audit trail ${shown(name)}: ${sentence}`),
  });
  const write: SinkFunction = (emission) => trail.append(emission);
  const sink = Object.assign(write, {
    close: () => trail.close(),
    lost: (reason: string, count: number) => trail.lost(reason, count),
    inFlight: IN_FLIGHT,
    durable: true,
  });
  return writesAtExit(quiet(sink), {
    local: true,
    waits: false,
    finish: (emission) => trail.finish(emission),
    write: (emissions, settled) => trail.write(emissions, settled),
  });
}

function checkedPath(path: unknown): string {
  if (typeof path === 'string' && path !== '') return path;
  throw new SignalboxError(`auditFile: \`path\` is ${shown(path)}. Give a file's path, as in 'audit.jsonl'.`);
}

function checkMode(mode: unknown): asserts mode is number {
  if (Number.isInteger(mode) && (mode as number) >= 0o200 && (mode as number) <= 0o777) return;
  throw new SignalboxError(
    `auditFile: \`mode\` is ${shown(mode)}. Give a file's mode that lets its owner write, as in 0o600.`,
  );
}
