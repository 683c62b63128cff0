import type { Resolution } from '../routing/plan.js';
import type { TargetParts, Targets } from './target.js';
import { targetsOf } from './target.js';

/** The most resolutions that are kept by their text. Others are found by object identity only. */
const KEPT = 1000;

/** The targets of resolutions, for one version of the routes. Most signals have one of a few resolutions and share their targets. */
export class TargetTable {
  readonly #parts: TargetParts;
  readonly #byResolution = new WeakMap<Resolution, Targets>();
  readonly #byText = new Map<string, Targets>();

  constructor(parts: TargetParts) {
    this.#parts = parts;
  }

  of(resolution: Resolution): Targets {
    let targets = this.#byResolution.get(resolution);
    if (!targets) {
      targets = this.#shared(resolution);
      this.#byResolution.set(resolution, targets);
    }
    return targets;
  }

  #shared(resolution: Resolution): Targets {
    const text = JSON.stringify(resolution);
    const found = this.#byText.get(text);
    if (found) return found;
    const targets = targetsOf(resolution, this.#parts);
    if (this.#byText.size < KEPT) this.#byText.set(text, targets);
    return targets;
  }
}
