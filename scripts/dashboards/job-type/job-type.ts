import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.js';
import { ofOneJobType } from '../variables.js';
import { attempts } from './attempts.js';
import { numbers } from './numbers.js';
import { oneJob, stories } from './stories.js';

/** One kind of work: its numbers, its attempts as dots that lead to traces, its records. */
export function jobType(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-job-type',
    title: 'One job type',
    description:
      'Choose a queue and a job type. A dot on the run time is one attempt: it leads to its trace, and from there to its records.',
    variables: ofOneJobType(),
    rows: [numbers(), attempts(), stories(), oneJob()],
  });
}
