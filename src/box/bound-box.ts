import type { BoundFields, BoundValues, Undeclared } from '../signal/bound-fields.js';
import type { NoFields } from '../signal/field.js';
import type { LevelFields, LevelMethod } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import type { Signal } from '../signal/signal.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { DurableEmitOptions } from './emit-durably.js';
import type { EmitOptions } from './emit-options.js';

/** The arguments of `emit` behind the signal: fields may be left out where all are optional. */
export type EmitArguments<V, O = EmitOptions> = [keyof V] extends [never]
  ? [fields?: NoFields, options?: O]
  : Record<never, never> extends V
    ? [fields?: V, options?: O]
    : [fields: V, options?: O];

type LevelMethods = {
  /**
   * A plain level record: no event name, no span event, no metric. Fields are taken as they come. An error in the place of the message
   * gives its own message and is the field `error`; so is one in the place of the fields: `box.error(error)`, `box.error(error, { job })`,
   * `box.error('it broke', error)`. Never throws.
   */
  readonly [S in Severity]: LevelMethod;
};

/** Where signals are given: a box, or what its `with` returns. */
export interface BoundBox extends LevelMethods {
  /**
   * Gives a signal: its log record, its event on the active span, its metrics and its sinks, as routes say. Never throws.
   *
   * @param signal Made by `defineSignal`.
   * @param fields Its values; what is wrong or missing does not compile, and is dropped and counted at run time.
   * @param options Severity, message or context for this emit alone.
   */
  emit<V extends object>(signal: Signal<V>, ...args: EmitArguments<NoInfer<V>>): void;
  /**
   * Gives a signal as `emit` does, to all its destinations, and answers when each durable one among them (a sink that says
   * {@link SinkFunction.durable | durable}) has acknowledged it or will not, or at the deadline. What a destination acknowledges later is
   * counted as delivered all the same. Never rejects.
   *
   * @param signal Made by `defineSignal`.
   * @param fields Its values.
   * @param options As those of `emit`, and `timeoutMillis`: how long to wait, in milliseconds; default 5000.
   * @returns Whether the signal is safe, with whom, and why not with others.
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
   * The same box, bound to fields: each signal and each plain record that goes through what it returns has them too. A field that the signal
   * or the record has itself wins, and of those that are bound one after another the later. Values are read and checked here, once. Never throws.
   *
   * @param fields What `bound` of signalbox returned.
   * @param values Its values; what is wrong or missing does not compile, and is dropped and counted at run time.
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
   * @param values Values of declared fields, as `of` gives them; or values by name, taken as those of a plain record are, which are never
   * labels.
   */
  with(values: BoundValues | (LevelFields & Undeclared)): BoundBox;
}
