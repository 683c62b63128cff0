import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FILE = 'deploy/grafana/provisioning/datasources/datasources.yml';

interface SourcesFile {
  readonly datasources: readonly {
    readonly type: string;
    readonly jsonData: {
      readonly tracesToLogsV2?: { readonly query: string };
      readonly derivedFields?: readonly { readonly matcherType: string; readonly matcherRegex: string }[];
    };
  }[];
}

/** The links of Grafana's data sources into and out of log records. */
export interface ProvisionedLinks {
  /** From a trace to its records: a query of LogQL for each, with Grafana's variable for the trace. */
  readonly toRecords: readonly string[];
  /** From a record to its trace: the labels that have the trace's id. */
  readonly traceLabels: readonly string[];
}

export function provisionedLinks(): ProvisionedLinks {
  const { datasources } = parse(readFileSync(FILE, 'utf8')) as SourcesFile;
  return {
    // `$$` is one `$` in a provisioned file.
    toRecords: datasources.flatMap(
      ({ jsonData }) => jsonData.tracesToLogsV2?.query.replaceAll('$$', '$') ?? [],
    ),
    traceLabels: datasources.flatMap(({ jsonData }) =>
      (jsonData.derivedFields ?? []).flatMap(({ matcherType, matcherRegex }) =>
        matcherType === 'label' ? matcherRegex : [],
      ),
    ),
  };
}

/** The query of a trace's records, as Grafana asks it. */
export function queryOfTrace(query: string, trace: string): string {
  return query.replaceAll(/\$\{__trace\.traceId\}/g, trace);
}
