import type { Level, LevelRules } from '../signal/level-rules.js';
import { severityNumbers } from '../signal/severity.js';
import type { Change } from './change.js';
import { standing, undo } from './change.js';
import { matchesPattern } from './match.js';

interface Rule {
  readonly level: Level;
  /** Higher than that of each rule that was set earlier: an undo puts a rule back where it was. */
  readonly order: number;
}

/** The levels of a box: how severe a signal has to be by its name. What stands below is silenced. */
export class Levels {
  readonly #rules = new Map<string, Change<Rule>>();
  readonly #changed: () => void;
  #set = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The level of a pattern itself; everything passes where none was set. */
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

  /** Returns the undo. Of a pattern the level holds that was set last and is not undone, in whichever order undos come. */
  set(pattern: string, level: Level): () => void {
    const before = this.#rules.get(pattern);
    const change: Change<Rule> = { value: { level, order: this.#set++ } };
    this.#put(pattern, change);
    return () => {
      undo(change, before);
      if (this.#rules.get(pattern) === change) this.#put(pattern, standing(change));
    };
  }

  /** Of the patterns that take a name, that with the most letters decides; of equals the one that was set last. */
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
