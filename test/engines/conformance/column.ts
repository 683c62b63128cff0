import type { EngineName, ScenarioName } from './cells.js';
import { cellsOf, SCENARIOS } from './cells.js';
import type { Form, Line } from './setting.js';
import { FORMS } from './setting.js';

/** The scenarios on an engine, in one setting. */
export interface Column {
  /** What its cells are called by. */
  readonly title: string;
  readonly engine: EngineName;
  /** The engine's release. Default: the repository's own. */
  readonly line?: Line;
  /** How the engine is observed; `in turn`: each scenario in one form, all forms as often. Default `wrapper`. */
  readonly form?: Form | 'in turn';
  /** Scenarios that can not be in this setting, beside those that the engine can not in any, and why. */
  readonly cannot?: Partial<Record<ScenarioName, string>>;
  /** What is not told, or told otherwise, than by the repository's own release of the engine. */
  readonly notes?: Partial<Record<ScenarioName, string>>;
  /** The end of the path of the file that tests it. */
  readonly file: string;
}

/** The scenarios that can be in a column. */
export function scenariosOf({ engine, cannot = {} }: Column): readonly ScenarioName[] {
  return SCENARIOS.map((scenario): ScenarioName => scenario.name).filter(
    (name) => cellsOf(name).cannot?.[engine] === undefined && cannot[name] === undefined,
  );
}

/** The form in which a scenario is run in a column. */
export function formOf(column: Column, scenario: ScenarioName): Form {
  const { form = 'wrapper' } = column;
  if (form !== 'in turn') return form;
  return FORMS[scenariosOf(column).indexOf(scenario) % FORMS.length] ?? 'wrapper';
}

/** What a cell is called, and its test. */
export function cellName(column: Column, scenario: ScenarioName): string {
  const by = column.form === 'in turn' ? ` by ${formOf(column, scenario)}` : '';
  return `${column.title}${by} - ${scenario}`;
}
