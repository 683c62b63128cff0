import type { BoundFields, BoundValues, Undeclared } from '../signal/bound-fields.js';
import type { NoFields } from '../signal/field.js';
import type { LevelFields, LevelMethod } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import type { Signal } from '../signal/signal.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { DurableEmitOptions } from './emit-durably.js';
import type { EmitOptions } from './emit-options.js';

/** The arguments of `emit` after the signal. The fields may be left out if all are optional. */
export type EmitArguments<V, O = EmitOptions> = [keyof V] extends [never]
  ? [fields?: NoFields, options?: O]
  : Record<never, never> extends V
    ? [fields?: V, options?: O]
    : [fields: V, options?: O];

type LevelMethods = {
  /**
   * Emits a plain level record: no event name, no span event, no metric. The fields need no declaration. An error in place of the message
   * supplies the message and becomes the field `error`. An error in place of the fields becomes the field `error` too: `box.error(error)`,
   * `box.error(error, { job })`, `box.error('it broke', error)`. Never throws.
   */
  readonly [S in Severity]: LevelMethod;
};

/** An object that emits signals: a box, or the result of its `with`. */
export interface BoundBox extends LevelMethods {
  /**
   * Emits a signal. The routes decide which destinations get its log record, its event on the active span, its metrics and its emission. Never
   * throws.
   *
   * @param signal Made by `defineSignal`.
   * @param args The values of its fields, and the options of this emit alone: severity, message, context or timestamp. A wrong or missing value
   * does not compile; at run time the box drops and counts it.
   */
  emit<V extends object>(signal: Signal<V>, ...args: EmitArguments<NoInfer<V>>): void;
  /**
   * Emits a signal as `emit` does, to all its destinations. The promise resolves when each durable destination (a sink that is
   * {@link SinkFunction.durable | durable}) has acknowledged the emission or dropped it, or at the deadline. The box counts an emission that is
   * acknowledged later as delivered. Never rejects.
   *
   * @param signal Made by `defineSignal`.
   * @param args The values of its fields, and options: those of `emit`, and `timeoutMillis`, how long to wait, in milliseconds. Default 5000.
   * @returns Whether the emission is stored durably, the destinations that acknowledged it, and the reason for each that did not.
   *
   * @example
   * ```ts
   * import { createSignalbox, defineSignal, field } from 'signalbox';
   * import { auditFile } from 'signalbox/sinks';
   *
   * const REPORT_READ = defineSignal('REPORT_READ', { fields: { report: field.id() } });
   * const box = createSignalbox({ destinations: { audit: auditFile({ path: 'audit.jsonl' }) } });
   *
   * const { durable, missing } = await box.emitDurably(REPORT_READ, { report: 'r-7' }, { timeoutMillis: 2_000 });
   * if (!durable) console.error('the audit trail may lack this', missing);
   * ```
   */
  emitDurably<V extends object>(
    signal: Signal<V>,
    ...args: EmitArguments<NoInfer<V>, DurableEmitOptions>
  ): Promise<DurableOutcome>;
  /**
   * Binds the box to fields. Every signal and every plain record that the returned box emits carries them too. A field of the signal or the
   * record itself takes precedence, and a later bound field replaces an earlier one. The box reads and checks the values once, here. Never
   * throws.
   *
   * @param fields A declaration made by `bound`.
   * @param values Its values. A wrong or missing value does not compile; at run time the box drops and counts it.
   *
   * @example
   * ```ts
   * import { bound, createSignalbox, field } from 'signalbox';
   *
   * const REQUEST = bound({ tenant: field.string(), request_id: field.id({ sensitive: true }) });
   * const box = createSignalbox();
   * const log = box.with(REQUEST, { tenant: 'a', request_id: 'r-1' });
   * log.with({ step: 'import' }).info('begun');
   * ```
   */
  with<V extends object>(fields: BoundFields<V>, values: NoInfer<V>): BoundBox;
  /**
   * @param values Values of declared fields, as `of` returns them, or undeclared values by name, as for a plain record. Undeclared values are
   * never labels.
   */
  with(values: BoundValues | (LevelFields & Undeclared)): BoundBox;
}
