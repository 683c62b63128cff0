import { SignalboxError, shown } from '../signal/problem.js';
import { checkRelation } from './job.js';
import type { RelationOption } from './relation.js';

/** How one handle to a queue has its jobs observed. */
export interface HandleOptions {
  readonly relation: RelationOption;
  readonly exceptionEvents: boolean;
  readonly waitSpans: boolean;
  /** The names and events of an earlier minor version. */
  readonly compat: '0.1' | undefined;
}

/** What was given, with the rest as it is otherwise. Throws a {@link SignalboxError} for what is none of it. */
export function handleOptionsOf(
  where: string,
  given: Partial<HandleOptions>,
  otherwise: HandleOptions,
): HandleOptions {
  return {
    relation: checkedRelation(where, given.relation ?? otherwise.relation),
    exceptionEvents: checkedSwitch(
      where,
      'exceptionEvents',
      given.exceptionEvents ?? otherwise.exceptionEvents,
    ),
    waitSpans: checkedSwitch(where, 'waitSpans', given.waitSpans ?? otherwise.waitSpans),
    compat: checkedCompat(where, given.compat ?? otherwise.compat),
  };
}

function checkedRelation(where: string, relation: RelationOption): RelationOption {
  if (typeof relation === 'function' || checkRelation(relation)) return relation;
  throw new SignalboxError(
    `${where}: relation is ${shown(relation)}. Use 'parent', 'link', 'none', or a function that returns one of them.`,
  );
}

function checkedSwitch(where: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new SignalboxError(`${where}: ${name} is ${shown(value)}. Give true or false.`);
}

function checkedCompat(where: string, compat: unknown): '0.1' | undefined {
  if (compat === undefined || compat === '0.1') return compat;
  throw new SignalboxError(
    `${where}: compat is ${shown(compat)}. Give '0.1' for the names of that version, or leave it out.`,
  );
}
