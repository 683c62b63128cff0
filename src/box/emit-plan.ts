import type { Snapshot } from '../emission/snapshot.js';
import { isHeld } from '../routing/condition.js';
import type { Plan } from '../routing/plan.js';
import type { Targets } from './target.js';
import type { TargetTable } from './target-table.js';

type ReportCondition = (key: string, text: string) => void;

/** Where the emits of one signal at one severity go while routes and levels are what they are. */
export class EmitPlan {
  /** Where no condition decides. */
  readonly fixed: Targets | undefined;
  /** What becomes of an emit that goes nowhere. */
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

  /** Where one emission goes, by its values. */
  targetsOf(snapshot: Snapshot): Targets {
    const values = snapshot.values();
    return this.#targets.of(this.#plan.resolve((condition) => isHeld(condition, values, this.#report)));
  }
}
