import { LogsSortOrder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import type { About } from './panels.js';
import { GRAPH_HEIGHT, refId } from './panels.js';
import type { Search } from './queries.js';
import { instant, JAEGER, LOKI, PROMETHEUS, records, search } from './queries.js';

type Heading = Pick<About, 'title' | 'description' | 'width'>;

const LIST_HEIGHT = GRAPH_HEIGHT + 2;

/** The last value of each series, a line each. `columns`: what a label is called, in their order; the others are left out. */
export function table(about: About, columns: Readonly<Record<string, string>>): TablePanel {
  const panel = new TablePanel()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .height(GRAPH_HEIGHT)
    .span(about.width)
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: Object.keys(columns) } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(Object.keys(columns).map((name, i) => [name, i])),
        renameByName: columns,
      },
    });
  about.queries.forEach((query, i) => {
    panel.withTarget(instant(query, refId(i)).format(PromQueryFormat.Table));
  });
  return panel;
}

/** Log records, the newest first unless a story is to be read. */
export function logs(about: Heading, expr: string, order = LogsSortOrder.Descending): LogsPanel {
  return new LogsPanel()
    .title(about.title)
    .description(about.description)
    .datasource(LOKI)
    .height(LIST_HEIGHT)
    .span(about.width)
    .showTime(true)
    .sortOrder(order)
    .wrapLogMessage(false)
    .enableLogDetails(true)
    .withTarget(records(expr, 'A'));
}

/** Traces, a line each, whose id leads to the trace. */
export function traces(about: Heading, searched: Search): TablePanel {
  return new TablePanel()
    .title(about.title)
    .description(about.description)
    .datasource(JAEGER)
    .height(LIST_HEIGHT)
    .span(about.width)
    .withTarget(search(searched, 'A'));
}
