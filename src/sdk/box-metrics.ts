import type { Meter } from '@opentelemetry/api';
import type { Account } from '../delivery/account.js';
import type { Connection, MetricBackend } from '../delivery/destination.js';
import type { MetricGroup } from './metric-group.js';
import type { AggregationEvents } from './metrics/aggregation.js';
import { Aggregation } from './metrics/aggregation.js';
import type { InstrumentType } from './metrics/point.js';
import { INSTRUMENT_TYPES } from './metrics/point.js';
import type { Collector } from './metrics/recorded-stream.js';
import type { ViewAggregation, ViewLike } from './metrics/view.js';
import { DEFAULT, hasAggregation } from './metrics/view.js';
import { ViewedMeter } from './metrics/viewed-meter.js';

/** How a destination has instruments aggregated. Destinations with the same shape share one aggregation. */
export interface Shape {
  /** Undefined: the views of the app's SDK, if `nodeSdk()` passes them on. */
  readonly views: readonly ViewLike[] | undefined;
  /** The aggregation that the exporter wants for instruments without a view. */
  readonly wants: (type: InstrumentType) => ViewAggregation;
}

/** What the exporter destinations of a box share if they have the same shape. */
export interface BoxMetrics extends MetricBackend {
  readonly aggregation: Aggregation;
  readonly instruments: ViewedMeter;
  readonly groups: Map<string, MetricGroup>;
  readonly members: Set<Taker>;
}

/** What the counting of losses needs from a destination. */
export interface Taker {
  readonly collector: Collector;
  takes(instrument: string): boolean;
  readonly account: Account;
}

export function boxMetrics(connection: Connection, shape: Shape): BoxMetrics {
  const { report } = connection;
  return connection.shared(keyOf(shape), (): BoxMetrics => {
    const members = new Set<Taker>();
    const marks = connection.points;
    const events: AggregationEvents = {
      overflowed: (instrument) =>
        report(
          `metrics overflow ${instrument}`,
          `the metric '${instrument}' has too many series; further ones are added up in one. Take labels away, or give it more room, by a view (attributesProcessors, aggregationCardinalityLimit)`,
        ),
      failed: (instrument, error) =>
        report(`metrics observe ${instrument}`, `observing the metric '${instrument}' failed`, error),
      negative: (instrument) =>
        report(
          `metrics negative ${instrument}`,
          `the metric '${instrument}' was given a negative value; counters and histograms take none`,
        ),
      refused: (instrument, collector) => {
        for (const { takes, account, collector: own } of members) {
          if (!takes(instruments.instrumentOf(instrument)) || (collector && collector !== own)) continue;
          account.routed();
          account.dropped('overflow');
        }
        report(
          `metrics refused ${instrument}`,
          `the metric '${instrument}' was given a value that is not finite, or that its sum can not hold; such values are dropped and counted`,
        );
      },
    };
    const aggregation: Aggregation = new Aggregation(connection.now, events, (stream, observed, overflow) =>
      marks?.mark({ instrument: instruments.instrumentOf(stream), observed, overflow }),
    );
    const instruments: ViewedMeter = new ViewedMeter(aggregation, shape.views ?? [], shape.wants, {
      unknown: (instrument, { type }) =>
        report(
          `metrics aggregation ${instrument}`,
          `the metric '${instrument}' asks for the aggregation ${type}, which exporter destinations do not have; it keeps its own default`,
        ),
      clash: (instrument, stream, other) =>
        report(
          `metrics clash ${instrument} ${stream}`,
          `the metric '${instrument}' is left out as '${stream}': the metric '${other}' has that name, by itself or by a view. Give one of them another name`,
        ),
      late: (instrument) =>
        report(
          `metrics views ${instrument}`,
          `the metric '${instrument}' was measured before nodeSdk() was given views, which are not applied to it: call nodeSdk() first, or give them to exporters({ views })`,
        ),
    });
    for (const type of INSTRUMENT_TYPES) {
      const wanted = shape.wants(type);
      if (!hasAggregation(wanted))
        report(
          `metrics aggregation ${type}`,
          `a metric exporter wants instruments of type ${type} to have the aggregation ${wanted.type}, which exporter destinations do not have; signals' instruments keep their own default`,
        );
    }
    return {
      marks: true,
      instruments,
      aggregation,
      groups: new Map(),
      members,
      meter: () => instruments as unknown as Meter,
      counted: (outcome, error) => {
        if (outcome === 'threw') report('metrics threw', 'a measurement could not be taken', error);
      },
    };
  });
}

const numbers = new WeakMap<object, number>();
let count = 0;

function keyOf({ views, wants }: Shape): string {
  const wanted = INSTRUMENT_TYPES.map(wants);
  if (!views && wanted.every(({ type }) => type === DEFAULT)) return 'metrics';
  if (views && !numbers.has(views)) numbers.set(views, ++count);
  return `metrics ${views ? numbers.get(views) : ''} ${JSON.stringify(wanted)}`;
}
