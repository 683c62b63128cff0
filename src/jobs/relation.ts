import type { Core } from '../box/core.js';
import { swallow } from '../emission/swallow.js';
import type { AttemptInfo } from './attempt-info.js';
import type { Relation } from './job.js';
import { checkRelation } from './job.js';

/** How attempts relate to their enqueue: always the same, or by a function of the attempt. */
export type RelationOption = Relation | ((info: AttemptInfo) => Relation);

/** How a span of a job relates to its enqueue: as it was said of this one, or as the option has it. */
export function relationOf(core: Core, option: RelationOption, info: AttemptInfo): Relation {
  if (info.relation !== undefined) return checkRelation(info.relation) ?? 'parent';
  if (typeof option !== 'function') return option;
  try {
    const said: unknown = option(info);
    if (swallow(said))
      core.report('relation', 'the relation function gave a promise; the span is a child of its enqueue');
    return checkRelation(said) ?? 'parent';
  } catch (error) {
    core.report('relation', 'the relation function threw; the span is a child of its enqueue', error);
    return 'parent';
  }
}
