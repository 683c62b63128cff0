import type { OptionNames } from '../signal/option-checks.js';
import { checkMillis, optionsIn } from '../signal/option-checks.js';
import { countFromEnvironment } from './count-from-environment.js';

/** How the metrics of a destination are exported. */
export interface MetricExportOptions {
  /** Milliseconds between exports. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else 60 000. */
  readonly intervalMillis?: number;
  /** Milliseconds that one export may take. Default: `OTEL_METRIC_EXPORT_TIMEOUT`, else 10 000. */
  readonly timeoutMillis?: number;
}

const OPTIONS: OptionNames<MetricExportOptions> = { intervalMillis: true, timeoutMillis: true };

/** Checks the option `metricExport`, and fills in what it leaves out. Throws a {@link SignalboxError}. */
export function checkMetricExport(
  where: string,
  given: MetricExportOptions | undefined,
): Required<MetricExportOptions> {
  const {
    intervalMillis = countFromEnvironment('OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    timeoutMillis = countFromEnvironment('OTEL_METRIC_EXPORT_TIMEOUT', 10_000),
  } = optionsIn(where, 'metricExport', given, OPTIONS);
  checkMillis(where, 'metricExport.intervalMillis', intervalMillis);
  checkMillis(where, 'metricExport.timeoutMillis', timeoutMillis);
  return { intervalMillis, timeoutMillis };
}
