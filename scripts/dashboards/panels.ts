import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DashboardLinkBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from './queries.js';
import { instant, LOKI, PROMETHEUS, range, records } from './queries.js';

/** What every panel says of itself. */
export interface About {
  readonly title: string;
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly queries: readonly Query[];
}

const STAT_HEIGHT = 4;
const GRAPH_HEIGHT = 8;
const REF_IDS = 'ABCDEFGH';

const refId = (index: number): string => REF_IDS[index] ?? `Q${index}`;

/** From when a number is worth a look, and from when it is worth getting up. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
}

function steps(limits: Limits | undefined): Threshold[] {
  const fine: Threshold = { value: null, color: 'green' };
  if (limits === undefined) return [{ value: null, color: 'text' }];
  return [fine, { value: limits.warning, color: 'orange' }, { value: limits.critical, color: 'red' }];
}

/** One number. */
export function stat(about: About, limits?: Limits): StatPanel {
  const panel = new StatPanel()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .height(STAT_HEIGHT)
    .span(about.width)
    .noValue('0')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(limits)));
  about.queries.forEach((query, i) => {
    panel.withTarget(instant(query, refId(i)));
  });
  return panel;
}

export interface GraphOptions {
  readonly stacked?: boolean;
  readonly logarithmic?: boolean;
  /** Dots that lead to traces. */
  readonly exemplars?: boolean;
  readonly link?: { readonly title: string; readonly url: string };
}

/** Lines over time. */
export function graph(about: About, options: GraphOptions = {}): GraphPanel {
  const panel = new GraphPanel()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .min(0)
    .height(GRAPH_HEIGHT)
    .span(about.width)
    .lineWidth(2)
    .fillOpacity(options.stacked ? 40 : 8)
    .spanNulls(60_000)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  if (options.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (options.logarithmic) {
    panel.min(0.001).scaleDistribution(new ScaleDistributionConfigBuilder().type('log' as never).log(10));
  }
  if (options.link) panel.dataLinks([new DashboardLinkBuilder(options.link.title).url(options.link.url)]);
  about.queries.forEach((query, i) => {
    panel.withTarget(options.exemplars ? range(query, refId(i)).exemplar(true) : range(query, refId(i)));
  });
  return panel;
}

/** The last value of each series, a line each. */
export function table(about: About, link?: GraphOptions['link']): TablePanel {
  const panel = new TablePanel()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .height(GRAPH_HEIGHT)
    .span(about.width);
  if (link) panel.dataLinks([new DashboardLinkBuilder(link.title).url(link.url)]);
  about.queries.forEach((query, i) => {
    panel.withTarget(instant(query, refId(i)).format('table' as never));
  });
  return panel;
}

/** Log records, the newest first. */
export function logs(about: Omit<About, 'queries' | 'unit'>, expr: string): LogsPanel {
  return new LogsPanel()
    .title(about.title)
    .description(about.description)
    .datasource(LOKI)
    .height(GRAPH_HEIGHT + 2)
    .span(about.width)
    .showTime(true)
    .wrapLogMessage(false)
    .enableLogDetails(true)
    .withTarget(records(expr, 'A'));
}
