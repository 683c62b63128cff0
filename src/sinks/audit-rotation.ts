import type { OptionNames } from '../signal/option-checks.js';
import { checkCount, checkSwitch, optionsIn } from '../signal/option-checks.js';
import { SignalboxError } from '../signal/signalbox-error.js';

/** When a file of an audit trail is full: at the first that it reaches, looked at between groups of lines. */
export interface AuditRotation {
  /** So many bytes. The lines that come together are in one file, which may pass it by them. */
  readonly maxBytes?: number | undefined;
  /** So many lines, in the same way. */
  readonly maxLines?: number | undefined;
  /**
   * The length in milliseconds of the periods, counted from 1970-01-01T00:00Z, of which each has a file of its own: 86,400,000 begins one
   * each day at 00:00 UTC.
   */
  readonly everyMillis?: number | undefined;
  /**
   * Whether full files are compressed: all but the newest one, each as the next is put aside, beside the app. What comes of it is synced and
   * read back before the file is removed. Default `false`.
   */
  readonly gzip?: boolean | undefined;
}

const OPTIONS: OptionNames<AuditRotation> = {
  maxBytes: true,
  maxLines: true,
  everyMillis: true,
  gzip: true,
};

/** Reads when a file is full. Throws a SignalboxError. */
export function rotationOf(where: string, given: AuditRotation | undefined): AuditRotation {
  const rotation = optionsIn(where, 'rotate', given, OPTIONS);
  for (const name of ['maxBytes', 'maxLines', 'everyMillis'] as const)
    if (rotation[name] !== undefined) checkCount(where, `rotate.${name}`, rotation[name]);
  const { maxBytes, maxLines, everyMillis, gzip = false } = rotation;
  checkSwitch(where, 'rotate.gzip', gzip);
  if (gzip && (maxBytes ?? maxLines ?? everyMillis) === undefined)
    throw new SignalboxError(
      `${where}: \`rotate\` has \`gzip\` alone, and no file is ever full. Say when one is: give \`maxBytes\`, \`maxLines\` or \`everyMillis\`.`,
    );
  return { ...rotation };
}
