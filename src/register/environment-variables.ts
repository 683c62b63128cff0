import { levelsInText } from '../signal/level-rules.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkOneOf, unknownOption } from '../signal/option-checks.js';
import { shown } from '../signal/signalbox-error.js';

/** The settings from environment variables. */
export interface Settings {
  /** The format in which the console prints each signal. Undefined: it prints none. */
  readonly console: 'pretty' | 'json' | undefined;
  /** Names of BullMQ jobs that become labels. Undefined: the first names that come. */
  readonly jobTypes: readonly string[] | undefined;
  /** Names of the queues that this process monitors. */
  readonly monitor: readonly string[];
  readonly spanEvents: 'direct' | 'bridge' | 'off' | undefined;
  readonly relation: 'parent' | 'link' | 'none' | undefined;
}

/** The variables as strings. */
interface Variables {
  readonly SIGNALBOX_CONSOLE: string;
  readonly SIGNALBOX_JOB_TYPES: string;
  readonly SIGNALBOX_MONITOR: string;
  readonly SIGNALBOX_SPAN_EVENTS: string;
  readonly SIGNALBOX_RELATION: string;
  /** The box reads it. This module only reports its mistakes. */
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

/** Reads the variables. A variable that is not valid is ignored and gives a sentence in `problems`. */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): {
  readonly settings: Settings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  // An empty variable counts as unset, as elsewhere in OpenTelemetry.
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
  // Only for `problems`: the box reads the levels itself.
  levelsInText(environment.SIGNALBOX_LEVEL, (sentence) => problems.push(`${WHERE}: ${sentence}`));
  return { settings, problems };
}
