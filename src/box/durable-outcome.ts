/**
 * What `emitDurably` answers.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal } from 'signalbox';
 *
 * const REPORT_READ = defineSignal('REPORT_READ');
 * const box = createSignalbox();
 * const { durable, missing } = await box.emitDurably(REPORT_READ);
 * // No sink of this box says that it is durable.
 * if (!durable && missing['*'] === 'no_durable_destination') console.error('nobody keeps this');
 * ```
 */
export interface DurableOutcome {
  /**
   * True where at least one durable destination was selected by routes, and all that were have acknowledged. A route whose condition
   * throws selects none: where a durable destination must have a signal, route it there without a condition.
   */
  readonly durable: boolean;
  /** The durable destinations that have acknowledged. */
  readonly by: readonly string[];
  /**
   * Why others have not, by their names: `deadline`, `failed`, or what the emission was dropped for (`queue_full`, `queue_bytes`,
   * `closed`, `shutdown`, `reentrant`, a modifier's reason). Under `'*'`, which is no destination's name, what concerns all of them:
   * `no_durable_destination`, `silenced` (by its level), or why the emit was refused (`closed`, `disabled`, `conflict`, `depth`, `error`).
   */
  readonly missing: Readonly<Record<string, string>>;
}
