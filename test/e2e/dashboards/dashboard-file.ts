import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'deploy/grafana/dashboards';

/** A dashboard as Grafana reads it, as far as it is read here. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly PanelInFile[];
  readonly templating: { readonly list: readonly VariableInFile[] };
}

export interface PanelInFile {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly links?: readonly { readonly url: string }[] };
  };
  readonly targets?: readonly TargetInFile[];
}

export interface TargetInFile {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  /** Of Prometheus and Loki. */
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly interval?: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  /** Of Jaeger. */
  readonly queryType?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly tags?: string;
}

export interface VariableInFile {
  readonly name: string;
  readonly type: string;
  /** Of a data source: its type. */
  readonly query?: unknown;
  readonly current?: { readonly value: string | readonly string[] };
  readonly datasource?: { readonly uid: string };
  readonly definition?: string;
  readonly regex?: string;
  readonly includeAll?: boolean;
  readonly multi?: boolean;
  readonly allValue?: string;
}

export function readDashboards(): DashboardFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as DashboardFile);
}
