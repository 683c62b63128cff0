import { levelsInText } from '../signal/level-rules.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkOneOf, unknownOption } from '../signal/option-checks.js';
import { shown } from '../signal/signalbox-error.js';

/** What the environment says of the box. */
export interface Settings {
  /** Prints each signal. Left out: not. */
  readonly console: 'pretty' | 'json' | undefined;
  /** Names of BullMQ's jobs that are labels. Left out: the first that are seen. */
  readonly jobTypes: readonly string[] | undefined;
  /** Queues that this process watches. */
  readonly monitor: readonly string[];
  readonly spanEvents: 'direct' | 'bridge' | 'off' | undefined;
  readonly relation: 'parent' | 'link' | 'none' | undefined;
}

/** The variables, as they are written. */
interface Variables {
  readonly SIGNALBOX_CONSOLE: string;
  readonly SIGNALBOX_JOB_TYPES: string;
  readonly SIGNALBOX_MONITOR: string;
  readonly SIGNALBOX_SPAN_EVENTS: string;
  readonly SIGNALBOX_RELATION: string;
  /** The box reads it; what is wrong with it is told here. */
  readonly SIGNALBOX_LEVEL: string;
}

const VARIABLES: OptionNames<Variables> = {
  SIGNALBOX_CONSOLE: true,
  SIGNALBOX_JOB_TYPES: true,
  SIGNALBOX_MONITOR: true,
  SIGNALBOX_SPAN_EVENTS: true,
  SIGNALBOX_RELATION: true,
  SIGNALBOX_LEVEL: true,
};

const PREFIX = 'SIGNALBOX_';
const WHERE = 'signalbox/register';

/** Reads the variables. What is wrong with one is a sentence in `problems`, and it is as if it was not there. */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): {
  readonly settings: Settings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  // As for other variables of OpenTelemetry, an empty one is none.
  const given = (name: keyof Variables): string | undefined => environment[name]?.trim() || undefined;
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX)) continue;
    const problem = unknownOption({ [name]: true }, VARIABLES);
    if (problem !== undefined) problems.push(`${WHERE}: ${problem.replaceAll('option', 'variable')}`);
  }

  function oneOf<const T extends string>(name: keyof Variables, known: readonly T[]): T | undefined {
    const value: unknown = given(name);
    if (value === undefined) return undefined;
    try {
      checkOneOf(WHERE, name, value, known);
      return value;
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  }

  function list(name: keyof Variables): readonly string[] | undefined {
    const value = given(name);
    if (value === undefined) return undefined;
    const items = value.split(',').map((item) => item.trim());
    if (items.every((item) => item !== '')) return items;
    problems.push(
      `${WHERE}: \`${name}\` is ${shown(value)}. Give names with a comma between them, as in mail,images.`,
    );
    return items.filter((item) => item !== '');
  }

  const settings: Settings = {
    console: oneOf('SIGNALBOX_CONSOLE', ['pretty', 'json']),
    jobTypes: list('SIGNALBOX_JOB_TYPES'),
    monitor: list('SIGNALBOX_MONITOR') ?? [],
    spanEvents: oneOf('SIGNALBOX_SPAN_EVENTS', ['direct', 'bridge', 'off']),
    relation: oneOf('SIGNALBOX_RELATION', ['parent', 'link', 'none']),
  };
  // The box reads it by itself.
  levelsInText(environment.SIGNALBOX_LEVEL, (sentence) => problems.push(`${WHERE}: ${sentence}`));
  return { settings, problems };
}
