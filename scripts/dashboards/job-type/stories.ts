import { LogsSortOrder } from '@grafana/grafana-foundation-sdk/common';
import type { Row } from '../dashboard.js';
import { logs, traces } from '../lists.js';

const STREAMS = '{deployment_environment_name=~"$environment",service_name=~"$service"}';
const RECORDS = `${STREAMS} | messaging_destination_name="$queue" | job_type="$job_type"`;
const QUEUE_TAG = 'messaging.destination.name="$queue"';

/** The last of its jobs, as traces and as records. */
export function stories(): Row {
  return {
    title: 'What happened',
    panels: [
      traces(
        {
          title: 'Failed attempts, traces',
          description:
            'The last jobs of which an attempt failed, each with its enqueue and all of its attempts.',
          width: 12,
        },
        { service: '$worker', operation: '$attempt', tags: [QUEUE_TAG, 'error=true'] },
      ),
      traces(
        {
          title: 'Any attempts, traces',
          description:
            'The last jobs, good or bad. Give them a minimum duration in Explore to find slow ones.',
          width: 12,
        },
        { service: '$worker', operation: '$attempt', tags: [QUEUE_TAG] },
      ),
      logs(
        {
          title: 'Bad ends, records',
          description: 'The record of each abandoned job. Open one: its trace is a link.',
          width: 12,
        },
        `${RECORDS} | event_name="job.abandoned"`,
      ),
      logs(
        {
          title: 'Failed attempts, records',
          description: 'With the error and its stack as fields.',
          width: 12,
        },
        `${RECORDS} | event_name="job.failed"`,
      ),
    ],
  };
}

/** All that is known of the job whose id was given. */
export function oneJob(): Row {
  return {
    title: 'Find one job: put its id above',
    panels: [
      traces(
        {
          title: 'Its traces',
          description:
            'Of the job whose id stands above, where the service that is chosen as worker has a span in them. A job that no worker had: ask in Explore for the service that enqueued it.',
          width: 12,
        },
        { service: '$worker', tags: ['job.id="$job"'] },
      ),
      logs(
        {
          title: 'Its records',
          description: 'The whole story of the job whose id stands above, in its order.',
          width: 12,
        },
        `${STREAMS} | job_id!="" | job_id="$job"`,
        LogsSortOrder.Ascending,
      ),
    ],
  };
}
