import type { Report } from '../delivery/report.js';
import { bindDeclared, bindOpen } from '../emission/bind.js';
import type { Bound } from '../emission/bound.js';
import { objectOf } from '../emission/level-record.js';
import type { ValueCounts, ValueRules } from '../emission/value.js';
import { boundValuesOf } from '../signal/bound-fields.js';
import type { LevelFields, LevelMethod } from '../signal/level.js';
import { levels } from '../signal/level.js';
import type { Severity } from '../signal/severity.js';
import type { AnySignal } from '../signal/signal.js';
import type { BoundBox } from './bound-box.js';
import type { EmitCounts } from './emit-counts.js';
import type { DurableEmitOptions } from './emit-durably.js';
import { emitDurably, NO_STACK } from './emit-durably.js';
import type { CoreEmitOptions } from './emit-options.js';
import { levelArguments } from './level-arguments.js';
import type { Receipts } from './receipts.js';

/** Passes a signal to the emitter while the box is open. Never throws. */
export type Give = (
  signal: AnySignal,
  fields: object | undefined,
  options: CoreEmitOptions | undefined,
  receipts: Receipts | undefined,
  bound: Bound | undefined,
) => void;

/** The parts that all bound boxes of a box share. */
export interface Binding {
  readonly give: Give;
  readonly rules: ValueRules;
  readonly values: ValueCounts;
  readonly counts: EmitCounts;
  readonly report: Report;
}

/** Makes a bound box. Its methods are closures: they work when they are taken off the object. */
export function boundBox(parts: Binding, bound: Bound | undefined): BoundBox {
  const { give, counts, report } = parts;
  const level =
    (severity: Severity): LevelMethod =>
    (message, fields) => {
      try {
        const given = levelArguments(message, fields, report);
        give(
          levels[severity],
          given.fields as LevelFields,
          { message: given.message as string },
          undefined,
          bound,
        );
      } catch {
        // The stack is exhausted, as in `give`.
      }
    };
  const self = Object.freeze<BoundBox>({
    // Three parameters, so that further arguments do not reach `give`.
    emit: (signal: AnySignal, fields?: object, given?: CoreEmitOptions) =>
      give(signal, fields, given, undefined, bound),
    emitDurably: (signal: AnySignal, fields?: object, given?: DurableEmitOptions) => {
      try {
        return emitDurably((receipts) => give(signal, fields, given, receipts, bound), given, report);
      } catch {
        counts.error++;
        return NO_STACK;
      }
    },
    trace: level('trace'),
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
    fatal: level('fatal'),
    with: (first: unknown, values?: unknown) => {
      try {
        return boundBox(parts, bind(parts, first, values)?.over(bound) ?? bound);
      } catch {
        // The given object throws on every access, or the stack is exhausted.
        parts.values.unserializable++;
        return self;
      }
    },
  });
  return self;
}

/** Binds the arguments of `with`. Counts an argument that can not be bound and returns undefined. */
export function bind(
  { rules, values: counts }: Pick<Binding, 'rules' | 'values'>,
  first: unknown,
  values?: unknown,
): Bound | undefined {
  const declared = boundValuesOf(first, values);
  if (declared) return bindDeclared(declared, rules, counts);
  const open = objectOf(first, counts);
  return open && bindOpen(open, rules, counts);
}
