import type { Snapshot } from '../emission/snapshot.js';
import { isHeld } from '../routing/condition.js';
import type { Plan } from '../routing/plan.js';
import type { Targets } from './target.js';
import type { TargetTable } from './target-table.js';

type ReportCondition = (key: string, text: string) => void;

/** Where the emits of one signal at one severity go, until routes or levels change. */
export class EmitPlan {
  /** The targets of all emits, if no condition decides. */
  readonly fixed: Targets | undefined;
  /** The outcome of an emit that goes nowhere. */
  readonly nowhere: 'silenced' | 'unrouted';
  readonly #plan: Plan;
  readonly #targets: TargetTable;
  readonly #report: ReportCondition;

  constructor(plan: Plan, targets: TargetTable, report: ReportCondition) {
    this.#plan = plan;
    this.#targets = targets;
    this.#report = report;
    this.fixed = plan.fixed && targets.of(plan.fixed);
    this.nowhere = plan.silenced ? 'silenced' : 'unrouted';
  }

  /** The targets of one emission, by its values. */
  targetsOf(snapshot: Snapshot): Targets {
    const values = snapshot.values();
    return this.#targets.of(this.#plan.resolve((condition) => isHeld(condition, values, this.#report)));
  }
}
