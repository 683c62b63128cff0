import type { Meter } from '@opentelemetry/api';
import type { Connection, MetricBackend } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import type { MetricGroup } from './metric-group.js';
import { Aggregation } from './metrics/aggregation.js';

/** What the exporter destinations of a box share. */
export interface BoxMetrics extends MetricBackend {
  readonly aggregation: Aggregation;
  readonly groups: Map<string, MetricGroup>;
  readonly members: Set<Taker>;
}

/** A destination, as far as losses are counted. */
export interface Taker {
  takes(instrument: string): boolean;
  readonly account: Account;
}

export function boxMetrics(connection: Connection): BoxMetrics {
  const { report } = connection;
  return connection.shared('metrics', (): BoxMetrics => {
    const members = new Set<Taker>();
    const aggregation = new Aggregation(connection.now, {
      overflowed: (instrument) =>
        report(
          `metrics overflow ${instrument}`,
          `the metric '${instrument}' has too many series; further ones are added up in one`,
        ),
      failed: (instrument, error) =>
        report(`metrics observe ${instrument}`, `observing the metric '${instrument}' failed`, error),
      negative: (instrument) =>
        report(
          `metrics negative ${instrument}`,
          `the metric '${instrument}' was given a negative value; counters and histograms take none`,
        ),
      refused: (instrument) => {
        for (const { takes, account } of members) {
          if (!takes(instrument)) continue;
          account.routed();
          account.dropped('overflow');
        }
        report(
          `metrics refused ${instrument}`,
          `the metric '${instrument}' was given a value that is not finite, or that its sum can not hold; such values are dropped and counted`,
        );
      },
    });
    return {
      aggregation,
      groups: new Map(),
      members,
      meter: () => aggregation as unknown as Meter,
      counted: (outcome, error) => {
        if (outcome === 'threw') report('metrics threw', 'a measurement could not be taken', error);
      },
    };
  });
}
