import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.js';
import { ofAllJobs } from '../variables.js';
import { durations } from './durations.js';
import { flow } from './flow.js';
import { now } from './now.js';
import { alerts, queuesAndWorkers } from './queues-and-workers.js';

/** Is anything wrong, and where? */
export function overview(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-jobs',
    title: 'Jobs overview',
    description: 'All queues at one glance: the first row says whether anything is wrong, the others where.',
    variables: ofAllJobs(),
    rows: [now(), flow(), durations(), queuesAndWorkers(), alerts()],
  });
}
