import type { EngineName, ScenarioName } from './cells.js';
import { cellsOf, ENGINES, SCENARIOS } from './cells.js';

/** The scenarios on an engine, in one setting. */
export interface Column {
  /** What its cells are called by. */
  readonly title: string;
  readonly engine: EngineName;
  /** Scenarios that can not be in this setting, beside those that the engine can not in any, and why. */
  readonly cannot?: Partial<Record<ScenarioName, string>>;
  /** The end of the path of the file that tests it. */
  readonly file: string;
}

/** The columns of the table. */
export const COLUMNS: readonly Column[] = ENGINES.map((engine) => ({
  title: engine,
  engine,
  file: `/conformance/${engine}.test.ts`,
}));

/** The scenarios that can be in a column. */
export function scenariosOf({ engine, cannot = {} }: Column): readonly ScenarioName[] {
  return SCENARIOS.map((scenario): ScenarioName => scenario.name).filter(
    (name) => cellsOf(name).cannot?.[engine] === undefined && cannot[name] === undefined,
  );
}

/** What a cell is called, and its test. */
export function cellName({ title }: Column, scenario: ScenarioName): string {
  return `${title} - ${scenario}`;
}
