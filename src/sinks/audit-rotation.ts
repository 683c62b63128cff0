import type { OptionNames } from '../signal/option-checks.js';
import { checkCount, checkSwitch, optionsIn } from '../signal/option-checks.js';
import { SignalboxError } from '../signal/signalbox-error.js';

/** When a file of an audit trail is full: at the first bound that it reaches. The trail checks the bounds between groups of lines. */
export interface AuditRotation {
  /** Maximum size in bytes. Lines that come together stay in one file, which may exceed the size by them. */
  readonly maxBytes?: number | undefined;
  /** Maximum number of lines, with the same exception. */
  readonly maxLines?: number | undefined;
  /**
   * The length of a period in milliseconds, counted from 1970-01-01T00:00Z. Each period has a file of its own: 86,400,000 begins one
   * each day at 00:00 UTC.
   */
  readonly everyMillis?: number | undefined;
  /**
   * Whether full files are compressed: all but the newest one, each when the next is put aside. The compressed file is synced and
   * read back before the full file is removed. All this happens beside the app's own work. Default `false`.
   */
  readonly gzip?: boolean | undefined;
}

const OPTIONS: OptionNames<AuditRotation> = {
  maxBytes: true,
  maxLines: true,
  everyMillis: true,
  gzip: true,
};

/** Checks when a file is full. Throws a SignalboxError. */
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
