import { checkOneOf, checkSwitch } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { checkRelation } from './job.js';
import type { RelationOption } from './relation.js';

/** How one handle to a queue has its jobs observed. */
export interface HandleOptions {
  readonly relation: RelationOption;
  readonly exceptionEvents: boolean;
  readonly waitSpans: boolean;
  /** The names and events of an earlier minor version. */
  readonly compat: '0.1' | undefined;
  /** Whether this process remembers attempts for the next one; not where an adapter does, and gives each its `previous`. */
  readonly remembersAttempts: boolean;
}

/** What was given, with the rest as it is otherwise. Throws a {@link SignalboxError} for what is none of it. */
export function handleOptionsOf(
  where: string,
  given: Partial<Omit<HandleOptions, 'remembersAttempts'>>,
  otherwise: HandleOptions,
): HandleOptions {
  const {
    relation = otherwise.relation,
    exceptionEvents = otherwise.exceptionEvents,
    waitSpans = otherwise.waitSpans,
    compat = otherwise.compat,
  } = given;
  checkSwitch(where, 'exceptionEvents', exceptionEvents);
  checkSwitch(where, 'waitSpans', waitSpans);
  if (compat !== undefined) checkOneOf(where, 'compat', compat, ['0.1']);
  const { remembersAttempts } = otherwise;
  return {
    relation: checkedRelation(where, relation),
    exceptionEvents,
    waitSpans,
    compat,
    remembersAttempts,
  };
}

function checkedRelation(where: string, relation: RelationOption): RelationOption {
  if (typeof relation === 'function' || checkRelation(relation)) return relation;
  throw new SignalboxError(
    `${where}: \`relation\` is ${shown(relation)}. Use 'parent', 'link', 'none', or a function that returns one of them.`,
  );
}
