import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { appMeters, noMetrics } from '../cases/app-sdk.js';
import type { Case } from '../harness.js';
import { curveRow, rise } from './curve-row.js';
import type { Row } from './row.js';

/** Series of an instrument at most, as the metrics SDK specification says: what is beyond shares one. */
const BOUND = 2_000;
const HOUR_MILLIS = 3_600_000;

const COUNTED = defineSignal('THING_COUNTED', {
  fields: { kind: field.string(), place: field.string(), took: field.duration() },
  metrics: [
    { type: 'counter', name: 'bench.things', by: ['kind', 'place'] },
    { type: 'histogram', name: 'bench.took', unit: 's', of: 'took', by: ['kind', 'place'] },
  ],
});

type Way = 'own' | 'sdk';

/** A counter and a histogram alone: with a log record beside it, the curve would be flatter. */
function counts(series: number, way: Way): Case {
  const kinds = Array.from({ length: series }, (_, i) => `kind-${i}`);
  const meters = appMeters();
  const box =
    way === 'own'
      ? createSignalbox({
          destinations: {
            own: exporters({ metrics: noMetrics, metricExport: { intervalMillis: HOUR_MILLIS } }),
          },
          otherTelemetry: 'own',
        })
      : createSignalbox({ routes: [{ signals: '*', to: 'otel', channels: ['metrics'] }] });
  if (way === 'sdk') box.instrumentation().setMeterProvider(meters.provider);
  let emitted = 0;
  const run = (times: number): void => {
    for (let i = 0; i < times; i++) {
      const kind = kinds[emitted++ % series] as string;
      box.emit(COUNTED, { kind, place: 'here', took: i & 255 });
    }
  };
  // Every series is there before the first round.
  run(2 * series);
  return {
    name: `${series} series`,
    run,
    // An app collects once a minute: here it would weigh more than all that is emitted.
    between: () => (way === 'own' ? box.forceFlush() : meters.collect()),
  };
}

const NAMES: Readonly<Record<Way, string>> = { own: 'by an exporter destination', sdk: 'by the app’s SDK' };

export const seriesUpToBound = (way: Way, id: string): Row =>
  curveRow({
    id,
    what: `a counter and a histogram kept ${NAMES[way]}, with series up to their bound: the dearest by the first`,
    of: 'series',
    must: 1.5,
    ours: way === 'own',
    points: [10, 100, 1_000, BOUND - 1],
    figure: rise,
    at: (series) => counts(series, way),
  });

export const seriesPastBound = (way: Way, id: string): Row =>
  curveRow({
    id,
    what: `a counter and a histogram kept ${NAMES[way]}, with more series than the bound: the dearest by that at the bound`,
    of: 'series',
    must: 1,
    ours: way === 'own',
    points: [BOUND - 1, 2 * BOUND, 10 * BOUND],
    figure: rise,
    at: (series) => counts(series, way),
  });
