import type { Level, LevelRules } from '../signal/level-rules.js';
import { severityNumbers } from '../signal/severity.js';
import type { Change } from './change.js';
import { standing, undo } from './change.js';
import { matchesPattern } from './match.js';

interface Rule {
  readonly level: Level;
  /** Grows with each rule that is set. A rule that an undo restores keeps its place. */
  readonly order: number;
}

/** The levels of a box: the lowest severity that signals of a name may have. The box silences emissions below it. */
export class Levels {
  readonly #rules = new Map<string, Change<Rule>>();
  readonly #changed: () => void;
  #set = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The level that was set for this very pattern, or `trace` if none was set. */
  at(pattern: string): Level {
    return this.#rules.get(pattern)?.value.level ?? 'trace';
  }

  /** Each pattern and its level, in the order in which they were set. */
  get all(): readonly (readonly [string, Level])[] {
    return [...this.#rules]
      .sort(([, a], [, b]) => a.value.order - b.value.order)
      .map(([pattern, { value }]) => [pattern, value.level]);
  }

  setAll(rules: LevelRules): void {
    for (const [pattern, level] of Object.entries(rules)) this.set(pattern, level);
  }

  /** Sets the level of a pattern and returns the undo. The last level of a pattern that is not undone applies, in whatever order undos come. */
  set(pattern: string, level: Level): () => void {
    const before = this.#rules.get(pattern);
    const change: Change<Rule> = { value: { level, order: this.#set++ } };
    this.#put(pattern, change);
    return () => {
      undo(change, before);
      if (this.#rules.get(pattern) === change) this.#put(pattern, standing(change));
    };
  }

  /** The level of a signal. Of all patterns that match the name, the longest (without `*`) decides; of equal ones, the one set last. */
  of(name: string): Level {
    let decides: Rule = { level: 'trace', order: -1 };
    let most = -1;
    for (const [pattern, { value }] of this.#rules) {
      const letters = pattern.replaceAll('*', '').length;
      const isLess = letters < most || (letters === most && value.order < decides.order);
      if (isLess || !matchesPattern(pattern, name)) continue;
      most = letters;
      decides = value;
    }
    return decides.level;
  }

  /** Whether an emission of that name and severity is silenced. */
  silence(name: string, severityNumber: number): boolean {
    const level = this.of(name);
    return level === 'off' || severityNumber < severityNumbers[level];
  }

  #put(pattern: string, rule: Change<Rule> | undefined): void {
    if (rule) this.#rules.set(pattern, rule);
    else this.#rules.delete(pattern);
    this.#changed();
  }
}
