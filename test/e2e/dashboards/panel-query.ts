import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'deploy/grafana/dashboards';

/** A query of a panel, as it stands in the dashboard. */
export interface PanelQuery {
  /** `Jobs overview / Waiting / A` */
  readonly where: string;
  readonly source: 'prometheus' | 'loki';
  readonly expr: string;
  /** Its value now, else its course over time. */
  readonly instant: boolean;
}

/** A variable that a dashboard lets one choose. */
export interface Variable {
  readonly where: string;
  readonly name: string;
  /** `label_values(metric{…}, label)` */
  readonly query: string;
  /** What stands for all of its values, where that is not the list of them. */
  readonly all: string | undefined;
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly datasource: { readonly type: string };
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
}

export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { name: string; definition: string; allValue?: string }[];
  };
}

/** The dashboards as Grafana reads them. */
export function readDashboards(): Dashboard[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as Dashboard);
}

/** Every query of every panel. */
export function panelQueries(): PanelQuery[] {
  return readDashboards().flatMap(({ title, panels }) => queriesOf(title, panels));
}

function queriesOf(dashboard: string, panels: readonly Panel[]): PanelQuery[] {
  return panels.flatMap(({ title, targets = [], panels: inner = [] }) => [
    ...targets.map(
      ({ refId, expr, instant = false, datasource }): PanelQuery => ({
        where: `${dashboard} / ${title} / ${refId}`,
        source: datasource.type === 'loki' ? 'loki' : 'prometheus',
        expr,
        instant,
      }),
    ),
    ...queriesOf(dashboard, inner),
  ]);
}

/** The variables of all dashboards; the same one of two dashboards counts once. */
export function variables(): Variable[] {
  const all = readDashboards().flatMap(({ title, templating }) =>
    templating.list.map(({ name, definition, allValue }) => ({
      where: `${title} / $${name}`,
      name,
      query: definition,
      all: allValue,
    })),
  );
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** The query with its variables filled in. Throws where one stays open. */
export function fillIn(expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing is known for $${name}`);
    return value;
  });
}
