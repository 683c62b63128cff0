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
  /** The file. Its folder is made at once if there is none; the first line makes the file. */
  readonly path: string;
  /** Signs each line, and the head. Default: no signature. */
  readonly key?: AuditKey | undefined;
  /** When a file is full. A new file then begins, and continues the chain. Default: never. */
  readonly rotate?: AuditRotation | undefined;
  /**
   * What happens to a second writer of the same path. `'refuse'`: it gets an error. `'own-file'`: it gets a trail of its own beside
   * the first (`audit.2.jsonl`), which `audit verify` also takes. Default `'refuse'`.
   */
  readonly secondWriter?: 'refuse' | 'own-file' | undefined;
  /** The mode of new files, less the process's umask. Default `0o600`: only the owner reads and writes them. */
  readonly mode?: number | undefined;
  /** Whether a path that is a symbolic link is followed to its file. Default `false`: it is refused. */
  readonly followLinks?: boolean | undefined;
  /** Whether lines contain the stacks of errors, with their causes. Default `true`. */
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

/** Maximum number of emissions that a trail takes before it has answered the first. */
const IN_FLIGHT = 1024;

/**
 * A sink that writes an audit trail: a file of JSON lines that only grows, and that shows whether somebody tampered with it. Each
 * line is canonical JSON (RFC 8785) with its number, the SHA-256 of the line before it, and the `jsonLine` of the emission as
 * `emission`. `npx signalbox audit verify audit.jsonl` says whether a trail is whole; docs/audit.md says what it finds with a key and
 * without.
 *
 * An emission counts as delivered only when the disk has its line and the head after it (a file beside the trail, `audit.jsonl.head`,
 * that says where the trail ends). The sink writes and syncs lines in groups. After a crash, the next start removes a partial last
 * line, and says so in a line of its own. Another such line tells of emissions that could not be written. If the file was moved away,
 * a new one continues the chain. If it was cut or changed, the sink puts it aside first.
 *
 * A path has one writer at a time, in one process or thread; a second one is refused. Sensitive fields are `[redacted]`, unless the
 * route reveals them.
 *
 * @param options The path, the key, and when a new file begins.
 * @throws {SignalboxError} If an option has none of its possible values, the path is a folder or a link, its folder can not be made,
 * or another writer has the file.
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
