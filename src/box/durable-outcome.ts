/**
 * The result of `emitDurably`.
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
   * True if the routes selected at least one durable destination and all selected ones have acknowledged the emission. A route whose
   * condition throws selects no destination: if a durable destination must get a signal, route it there without a condition.
   */
  readonly durable: boolean;
  /** The durable destinations that have acknowledged. */
  readonly by: readonly string[];
  /**
   * The reasons of the durable destinations that have not, by name: `deadline`, `failed`, or the reason of the drop (`queue_full`,
   * `queue_bytes`, `closed`, `shutdown`, `reentrant`, a modifier's reason). The key `'*'`, which no destination can have, holds a reason that
   * concerns all: `no_durable_destination`, `silenced` (by its level), or why the box refused the emit (`closed`, `disabled`, `conflict`,
   * `depth`, `error`).
   */
  readonly missing: Readonly<Record<string, string>>;
}
