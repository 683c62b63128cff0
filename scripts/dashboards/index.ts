import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { itself } from './itself.js';
import { jobType } from './job-type/job-type.js';
import { overview } from './overview/overview.js';

/** Where the dashboards lie as Grafana reads them. */
export const FOLDER = 'deploy/grafana/dashboards';

/** The text of each file in that folder, by its name. */
export function dashboardFiles(): Map<string, string> {
  return new Map([
    ['jobs-overview.json', text(overview().build())],
    ['one-job-type.json', text(jobType().build())],
    ['signalbox-itself.json', text(itself().build())],
  ]);
}

// Each panel has an id of its own, so that links to one stay good.
function text(dashboard: Dashboard): string {
  const panels = dashboard.panels?.map((panel, i) => ({ ...panel, id: i + 1 }));
  return `${JSON.stringify({ ...dashboard, panels }, undefined, 2)}\n`;
}
