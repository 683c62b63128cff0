import type { Level, LevelRules } from '../signal/level-rules.js';
import { severityNumbers } from '../signal/severity.js';
import { matchesPattern } from './match.js';

interface Rule {
  readonly level: Level;
}

/** The levels of a box: how severe a signal has to be by its name. What stands below is silenced. */
export class Levels {
  readonly #rules = new Map<string, Rule>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The level of a pattern itself; everything passes where none was set. */
  at(pattern: string): Level {
    return this.#rules.get(pattern)?.level ?? 'trace';
  }

  /** Each pattern and its level. */
  get all(): readonly (readonly [string, Level])[] {
    return [...this.#rules].map(([pattern, { level }]) => [pattern, level]);
  }

  setAll(rules: LevelRules): void {
    for (const [pattern, level] of Object.entries(rules)) this.set(pattern, level);
  }

  /** Returns the undo, which puts back what was replaced, and does nothing once the pattern has another level. */
  set(pattern: string, level: Level): () => void {
    const before = this.#rules.get(pattern);
    const rule = { level };
    this.#put(pattern, rule);
    return () => {
      if (this.#rules.get(pattern) === rule) this.#put(pattern, before);
    };
  }

  /** Of the patterns that take a name, that with the most letters decides: no order of them means anything, but of equals the last. */
  of(name: string): Level {
    let level: Level = 'trace';
    let most = -1;
    for (const [pattern, rule] of this.#rules) {
      const letters = pattern.replaceAll('*', '').length;
      if (letters < most || !matchesPattern(pattern, name)) continue;
      most = letters;
      level = rule.level;
    }
    return level;
  }

  /** Whether an emission of that name and severity is silenced. */
  silence(name: string, severityNumber: number): boolean {
    const level = this.of(name);
    return level === 'off' || severityNumber < severityNumbers[level];
  }

  // The last of the map is the one that was set last.
  #put(pattern: string, rule: Rule | undefined): void {
    this.#rules.delete(pattern);
    if (rule) this.#rules.set(pattern, rule);
    this.#changed();
  }
}
