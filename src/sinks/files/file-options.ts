import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, checkOneOf, checkSwitch, optionsIn } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { RotateSettings, SyncPolicy } from './settings.js';

const GROUP_MILLIS = 10;
const MOST_MODE = 0o777;

/** When a file is put aside and a new one begins, and what happens to old files. */
export interface RotateOptions {
  /**
   * Maximum size of a file in bytes. A single larger line may exceed it. So may a file that several processes write to, because each
   * may have lines on their way when another rotates.
   */
  readonly maxBytes?: number | undefined;
  /**
   * The length of a period in milliseconds, counted from 1970-01-01T00:00Z. Each period has a file of its own: 3,600,000 begins one
   * each full hour, 86,400,000 each day at 00:00 UTC. The first line of the next period puts a file aside.
   */
  readonly everyMillis?: number | undefined;
  /** Maximum number of old files. The oldest beyond are removed. Default: all stay. */
  readonly keep?: number | undefined;
  /** Whether old files are compressed, a second after they were put aside. Default `false`. */
  readonly gzip?: boolean | undefined;
}

const OPTIONS: OptionNames<RotateOptions> = { maxBytes: true, everyMillis: true, keep: true, gzip: true };

export function checkedSync(where: string, sync: unknown = 'never'): SyncPolicy {
  if (typeof sync === 'boolean')
    throw new SignalboxError(
      `${where}: \`sync\` is ${sync}: it is called '${sync ? 'line' : 'never'}' now. With 'group', lines that come together share one fsync.`,
    );
  checkOneOf(where, 'sync', sync, ['line', 'group', 'never']);
  return sync;
}

export function checkedGroup(where: string, sync: SyncPolicy, groupMillis: number = GROUP_MILLIS): number {
  checkMillis(where, 'groupMillis', groupMillis);
  if (sync !== 'group' && groupMillis !== GROUP_MILLIS)
    throw new SignalboxError(
      `${where}: \`groupMillis\` is ${groupMillis}, and \`sync\` is ${shown(sync)}, which has no groups. Use \`sync: 'group'\`, or leave it out.`,
    );
  return groupMillis;
}

export function checkedMode(where: string, mode: unknown): number | undefined {
  if (mode === undefined) return undefined;
  if (Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= MOST_MODE) return mode as number;
  throw new SignalboxError(
    `${where}: \`mode\` is ${shown(mode)}. Give permission bits up to 0o777, as in 0o640 (octal, with \`0o\`).`,
  );
}

export function checkedRotate(where: string, given: RotateOptions | undefined): RotateSettings | undefined {
  if (given === undefined) return undefined;
  const inRotate = `${where}, in \`rotate\``;
  const { maxBytes, everyMillis, keep, gzip = false } = optionsIn(where, 'rotate', given, OPTIONS);
  if (maxBytes === undefined && everyMillis === undefined)
    throw new SignalboxError(
      `${inRotate}: neither a size nor a period is given. Give \`maxBytes\`, \`everyMillis\` or both.`,
    );
  if (maxBytes !== undefined) checkCount(inRotate, 'maxBytes', maxBytes);
  if (everyMillis !== undefined) checkCount(inRotate, 'everyMillis', everyMillis);
  if (keep !== undefined) checkCount(inRotate, 'keep', keep);
  checkSwitch(inRotate, 'gzip', gzip);
  const { POSITIVE_INFINITY: none } = Number;
  return { maxBytes: maxBytes ?? none, everyMillis: everyMillis ?? none, keep: keep ?? none, gzip };
}
