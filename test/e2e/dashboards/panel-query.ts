import type { DashboardFile, TargetInFile } from './dashboard-file.js';
import { readDashboards } from './dashboard-file.js';

/** A query of a panel, as it stands in the dashboard: its variables are open. */
export type PanelQuery = {
  /** `Jobs overview / Waiting / A` */
  readonly where: string;
  /** The title of its dashboard. */
  readonly dashboard: string;
} & (PrometheusQuery | LokiQuery | JaegerQuery);

export interface PrometheusQuery {
  readonly source: 'prometheus';
  readonly expr: string;
  readonly legend: string;
  /** Its value now, else its course over time. */
  readonly instant: boolean;
  /** Whether dots of examples are asked for too. */
  readonly exemplars: boolean;
}

export interface LokiQuery {
  readonly source: 'loki';
  readonly expr: string;
}

export interface JaegerQuery {
  readonly source: 'jaeger';
  readonly service: string;
  /** Empty: spans of any name. */
  readonly operation: string;
  /** `key="value" key=value` */
  readonly tags: string;
}

/** Every query of every panel. */
export function panelQueries(dashboards: readonly DashboardFile[] = readDashboards()): PanelQuery[] {
  return dashboards.flatMap(({ title: dashboard, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.map((target): PanelQuery => {
        const where = `${dashboard} / ${title} / ${target.refId}`;
        return { where, dashboard, ...queryOf(target, where) };
      }),
    ),
  );
}

function queryOf(target: TargetInFile, where: string): PrometheusQuery | LokiQuery | JaegerQuery {
  const { expr, legendFormat: legend = '', instant = false, exemplar: exemplars = false } = target;
  const { service, operation = '', tags } = target;
  const source = target.datasource.type;
  if (source === 'prometheus' && expr !== undefined) return { source, expr, legend, instant, exemplars };
  if (source === 'loki' && expr !== undefined) return { source, expr };
  if (source === 'jaeger' && service !== undefined && tags !== undefined)
    return { source, service, operation, tags };
  throw new Error(`${where} is no query that is known here`);
}

/** The query with its variables filled in. Throws where one stays open. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing is known for $${name}`);
    return value;
  });
}

/** The tags of a search, as Jaeger's own API takes them. */
export function tagsOf(text: string): Record<string, string> {
  const found = text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g);
  return Object.fromEntries(
    [...found].map(({ 1: key = '', 2: quoted, 3: bare = '' }) => [key, quoted ?? bare]),
  );
}
