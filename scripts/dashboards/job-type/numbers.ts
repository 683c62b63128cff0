import type { Row } from '../dashboard.js';
import { stat } from '../panels.js';
import { BAD_END, oneJobType, total } from '../promql.js';

/** How it goes, in the range shown. */
export function numbers(): Row {
  return {
    title: 'Numbers',
    panels: [
      stat(
        {
          title: 'Completed',
          description: 'Jobs that came to their good end, in the range shown.',
          unit: 'short',
          width: 6,
          queries: [
            { expr: total('job_ended_total', oneJobType('job_outcome="completed"')), legend: 'completed' },
          ],
        },
        { empty: 'none' },
      ),
      stat(
        {
          title: 'Bad ends',
          description:
            'Jobs that nothing will try again, in the range shown. Those cancelled, removed or shut down on purpose are no bad ends.',
          unit: 'short',
          width: 6,
          queries: [{ expr: total('job_ended_total', oneJobType(...BAD_END)), legend: 'bad ends' }],
        },
        { limits: { warning: 1, critical: 10 }, empty: 'none' },
      ),
      stat(
        {
          title: 'Retries',
          description: 'Attempts that failed and are tried again, in the range shown.',
          unit: 'short',
          width: 6,
          queries: [{ expr: total('job_retries_total', oneJobType()), legend: 'retries' }],
        },
        { empty: 'none' },
      ),
      stat(
        {
          title: 'Longest running attempt',
          description: 'Of those that run now.',
          unit: 's',
          width: 6,
          queries: [{ expr: `max(job_oldest_active_age_seconds${oneJobType()})`, legend: 'longest' }],
        },
        { limits: { warning: 600, critical: 1800 }, empty: 'unknown' },
      ),
    ],
  };
}
