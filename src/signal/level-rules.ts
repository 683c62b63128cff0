import { checkOneOf } from './option-checks.js';
import type { Severity } from './severity.js';
import { severities } from './severity.js';
import { SignalboxError, shown } from './signalbox-error.js';

/**
 * The lowest severity that the box emits. With `'off'` it emits none.
 *
 * @example
 * ```ts
 * import type { Level } from 'signalbox';
 * import { createSignalbox } from 'signalbox';
 * const level: Level = 'warn';
 * createSignalbox({ level });
 * ```
 */
export type Level = Severity | 'off';

/**
 * Levels by names of signals or name patterns; `*` matches all signals.
 *
 * @example
 * ```ts
 * import type { LevelRules } from 'signalbox';
 * import { createSignalbox } from 'signalbox';
 * const level: LevelRules = { '*': 'info', 'JOB_*': 'warn', JOB_PROGRESS: 'off' };
 * createSignalbox({ level });
 * ```
 */
export type LevelRules = Readonly<Record<string, Level>>;

const LEVELS: readonly Level[] = [...severities, 'off'];

/** Throws a {@link SignalboxError} if the value is not a level. */
export function checkLevel(where: string, option: string, given: unknown): asserts given is Level {
  checkOneOf(where, option, given, LEVELS);
}

/** The levels of the option `level`, by name pattern. Throws a {@link SignalboxError}. */
export function levelRules(where: string, given: Level | LevelRules | undefined): LevelRules {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    checkLevel(where, 'level', given);
    return { '*': given };
  }
  for (const [pattern, level] of Object.entries(given)) checkLevel(`${where}, in \`level\``, pattern, level);
  return given;
}

/**
 * The levels in the value of `SIGNALBOX_LEVEL`: one for all signals, levels by name pattern, or both, as in `info,JOB_*=warn`. A part that
 * is not valid is ignored.
 *
 * @param trouble Gets one sentence for each part that is not valid.
 */
export function levelsInText(text = '', trouble: (sentence: string) => void): LevelRules {
  const rules: Record<string, Level> = {};
  for (const part of text.split(',')) {
    // An empty variable counts as unset, as elsewhere in OpenTelemetry.
    if (part.trim() === '') continue;
    const words = part.split('=').map((word) => word.trim());
    const [level = '', pattern = '*'] = words.reverse();
    try {
      if (words.length > 2 || pattern === '')
        throw new SignalboxError(
          `SIGNALBOX_LEVEL: ${shown(part.trim())} is neither a level nor a pattern with its level. Use 'info', or 'JOB_*=warn'.`,
        );
      const given: unknown = level.toLowerCase();
      checkLevel('SIGNALBOX_LEVEL', pattern, given);
      rules[pattern] = given;
    } catch (error) {
      trouble((error as Error).message);
    }
  }
  return rules;
}
