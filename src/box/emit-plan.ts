import type { Snapshot } from '../emission/snapshot.js';
import { isHeld } from '../routing/condition.js';
import type { Plan, Resolution } from '../routing/plan.js';
import type { Targets } from './target.js';

type ReportCondition = (key: string, text: string) => void;

/** Where the emits of one signal at one severity go while the routes are what they are. */
export class EmitPlan {
  /** Where no condition decides. */
  readonly fixed: Targets | undefined;
  readonly #plan: Plan;
  readonly #compile: (resolution: Resolution) => Targets;
  readonly #compiled = new WeakMap<Resolution, Targets>();
  readonly #report: ReportCondition;

  constructor(plan: Plan, compile: (resolution: Resolution) => Targets, report: ReportCondition) {
    this.#plan = plan;
    this.#compile = compile;
    this.#report = report;
    this.fixed = plan.fixed && compile(plan.fixed);
  }

  /** Where one emission goes, by its values. */
  targetsOf(snapshot: Snapshot): Targets {
    const values = snapshot.values();
    const resolution = this.#plan.resolve((condition) => isHeld(condition, values, this.#report));
    let targets = this.#compiled.get(resolution);
    if (!targets) {
      targets = this.#compile(resolution);
      this.#compiled.set(resolution, targets);
    }
    return targets;
  }
}
