import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Row } from './dashboard.js';
import { dashboard } from './dashboard.js';
import { table } from './lists.js';
import { graph, stat } from './panels.js';
import { LOST, perSecond, services, total } from './promql.js';
import { ofServices } from './variables.js';

const ITEMS = 'signalbox_items_total';
const BY_DESTINATION = ['signalbox_destination', 'signalbox_channel', 'signalbox_outcome'] as const;
const LEGEND = BY_DESTINATION.map((label) => `{{${label}}}`).join(' ');

/** Can the numbers of the other pages be believed? */
export function itself(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-itself',
    title: 'signalbox itself',
    description:
      'What became of everything that was routed: delivered, handed over to the SDK of the app, dropped, failed.',
    variables: ofServices(),
    rows: [lost(), byDestination()],
  });
}

function lost(): Row {
  return {
    title: 'Is anything lost?',
    panels: [
      stat(
        {
          title: 'Lost',
          description:
            'Dropped or failed, in the range shown. What filters, samples and routes were told to leave out is not lost.',
          unit: 'short',
          width: 8,
          queries: [{ expr: total(ITEMS, services(...LOST)), legend: 'lost' }],
        },
        { limits: { warning: 1, critical: 100 }, empty: 'none' },
      ),
      stat(
        {
          title: 'Delivered',
          description: 'Taken by an exporter or a sink, in the range shown.',
          unit: 'short',
          width: 8,
          queries: [{ expr: total(ITEMS, services('signalbox_outcome="delivered"')), legend: 'delivered' }],
        },
        { empty: 'unknown' },
      ),
      stat(
        {
          title: 'Fullest queue',
          description: 'What waits, of what can wait, in the fullest queue of any destination.',
          unit: 'percentunit',
          width: 8,
          queries: [
            {
              expr: `max(signalbox_queue_size${services()} / (signalbox_queue_capacity${services()} > 0))`,
              legend: 'fullest',
            },
          ],
        },
        { limits: { warning: 0.5, critical: 0.9 }, empty: 'unknown' },
      ),
    ],
  };
}

function byDestination(): Row {
  return {
    title: 'By destination',
    panels: [
      graph({
        title: 'Delivered and handed over',
        description:
          'Delivered: an exporter or sink reported success. Handed over: given to the SDK of the app.',
        unit: 'cps',
        width: 12,
        queries: [
          {
            expr: perSecond(ITEMS, services('signalbox_outcome=~"delivered|handed_over"'), ...BY_DESTINATION),
            legend: LEGEND,
          },
        ],
      }),
      graph({
        title: 'Dropped and failed',
        description:
          'By reason, also what was left out on purpose. `queue_full`: a destination is too slow or away; `failed`: it refused, or did not answer in time.',
        unit: 'cps',
        width: 12,
        queries: [
          {
            expr: perSecond(
              ITEMS,
              services('signalbox_outcome=~"dropped|failed"'),
              ...BY_DESTINATION,
              'signalbox_drop_reason',
            ),
            legend: `${LEGEND} {{signalbox_drop_reason}}`,
          },
        ],
      }),
      graph({
        title: 'Queues of destinations',
        description: 'What waits or is in flight in the fullest process, and what can at most.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `max by (service_name, signalbox_destination) (signalbox_queue_size${services()})`,
            legend: '{{service_name}} {{signalbox_destination}}',
          },
          {
            expr: `max by (service_name, signalbox_destination) (signalbox_queue_capacity${services()})`,
            legend: '{{service_name}} {{signalbox_destination}} at most',
          },
        ],
      }),
      table(
        {
          title: 'Totals',
          description: 'Since each process started.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: `sum by (${BY_DESTINATION.join(', ')}, signalbox_drop_reason) (${ITEMS}${services()})`,
              legend: '',
            },
          ],
        },
        {
          signalbox_destination: 'Destination',
          signalbox_channel: 'Channel',
          signalbox_outcome: 'Outcome',
          signalbox_drop_reason: 'Reason',
          Value: 'Items',
        },
      ),
    ],
  };
}
