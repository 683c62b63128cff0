import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from './dashboard.js';
import { graph, stat, table } from './panels.js';
import { serviceVariable } from './variables.js';

const OF = 'service_name=~"$service"';
const LOST = 'signalbox_outcome=~"dropped|failed"';
const BY_DESTINATION = 'signalbox_destination, signalbox_channel';
const DESTINATION = '{{signalbox_destination}} {{signalbox_channel}}';

/** Can the numbers of the other pages be believed? */
export function itself(): DashboardBuilder {
  return dashboard({
    uid: 'signalbox-itself',
    title: 'signalbox itself',
    description:
      'What became of everything that was routed: delivered, handed over to the SDK of the app, dropped, failed.',
    variables: [serviceVariable()],
  })
    .withRow(new RowBuilder('Is anything lost?'))
    .withPanel(
      stat(
        {
          title: 'Lost',
          description: 'Dropped or failed, in the range shown.',
          unit: 'short',
          width: 8,
          queries: [
            { expr: `sum(increase(signalbox_items_total{${OF},${LOST}}[$__range]))`, legend: 'lost' },
          ],
        },
        { warning: 1, critical: 100 },
      ),
    )
    .withPanel(
      stat({
        title: 'Delivered',
        description: 'Taken by an exporter or a sink, in the range shown.',
        unit: 'short',
        width: 8,
        queries: [
          {
            expr: `sum(increase(signalbox_items_total{${OF},signalbox_outcome="delivered"}[$__range]))`,
            legend: 'delivered',
          },
        ],
      }),
    )
    .withPanel(
      stat(
        {
          title: 'Fullest queue',
          description: 'What waits, of what can wait, in the fullest queue of any destination.',
          unit: 'percentunit',
          width: 8,
          queries: [
            {
              expr: `max(signalbox_queue_size{${OF}} / signalbox_queue_capacity{${OF}})`,
              legend: 'fullest',
            },
          ],
        },
        { warning: 0.5, critical: 0.9 },
      ),
    )
    .withRow(new RowBuilder('By destination'))
    .withPanel(
      graph({
        title: 'Delivered and handed over',
        description:
          'Delivered: an exporter or sink reported success. Handed over: given to the SDK of the app.',
        unit: 'cps',
        width: 12,
        queries: [
          {
            expr: `sum by (${BY_DESTINATION}, signalbox_outcome) (rate(signalbox_items_total{${OF},signalbox_outcome=~"delivered|handed_over"}[$__rate_interval]))`,
            legend: `${DESTINATION} {{signalbox_outcome}}`,
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Dropped and failed',
        description:
          'By reason. `queue_full`: a destination is too slow or away; `failed`: it refused, or did not answer in time.',
        unit: 'cps',
        width: 12,
        queries: [
          {
            expr: `sum by (${BY_DESTINATION}, signalbox_outcome, signalbox_drop_reason) (rate(signalbox_items_total{${OF},${LOST}}[$__rate_interval]))`,
            legend: `${DESTINATION} {{signalbox_outcome}} {{signalbox_drop_reason}}`,
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Queues of destinations',
        description: 'What waits or is in flight, and what can be at most.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `max by (service_instance_id, signalbox_destination) (signalbox_queue_size{${OF}})`,
            legend: '{{signalbox_destination}}',
          },
          {
            expr: `max by (service_instance_id, signalbox_destination) (signalbox_queue_capacity{${OF}})`,
            legend: '{{signalbox_destination}} at most',
          },
        ],
      }),
    )
    .withPanel(
      table({
        title: 'Totals',
        description: 'Since each process started.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `sum by (${BY_DESTINATION}, signalbox_outcome, signalbox_drop_reason) (signalbox_items_total{${OF}})`,
            legend: '',
          },
        ],
      }),
    );
}
