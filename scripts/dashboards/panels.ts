import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
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
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as GraphPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from './queries.js';
import { instant, PROMETHEUS, range } from './queries.js';

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
export const GRAPH_HEIGHT = 8;
const REF_IDS = 'ABCDEFGH';

export const refId = (index: number): string => REF_IDS[index] ?? `Q${index}`;

export interface StatOptions {
  /** From when it is worth a look, and from when it is worth getting up. Default: no colours. */
  readonly limits?: { readonly warning: number; readonly critical: number };
  /** Nothing found: `none` of what is counted, or `unknown` since nobody reports it. */
  readonly empty: 'none' | 'unknown';
}

function steps(limits: StatOptions['limits']): Threshold[] {
  if (limits === undefined) return [{ value: null, color: 'text' }];
  return [
    { value: null, color: 'green' },
    { value: limits.warning, color: 'orange' },
    { value: limits.critical, color: 'red' },
  ];
}

/** One number. */
export function stat(about: About, { limits, empty }: StatOptions): StatPanel {
  const panel = new StatPanel()
    .title(about.title)
    .description(about.description)
    .datasource(PROMETHEUS)
    .unit(about.unit)
    .height(STAT_HEIGHT)
    .span(about.width)
    // A green 0 would say that all is well where nothing is known.
    .noValue(empty === 'none' ? '0' : 'no data')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(limits)));
  about.queries.forEach((query, i) => {
    panel.withTarget(instant(query, refId(i)));
  });
  return panel;
}

export interface GraphOptions {
  readonly stacked?: boolean;
  /** The query whose dots lead to traces. */
  readonly exemplarsOf?: Query;
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
  if (options.link) panel.dataLinks([new DashboardLinkBuilder(options.link.title).url(options.link.url)]);
  const queries = options.exemplarsOf ? [...about.queries, options.exemplarsOf] : about.queries;
  queries.forEach((query, i) => {
    const target = range(query, refId(i));
    panel.withTarget(query === options.exemplarsOf ? target.exemplar(true) : target);
  });
  return panel;
}
