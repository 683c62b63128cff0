import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const RECORDS = 'deploy/prometheus/rules/signalbox-job-types.yml';

/** A recording rule, as it stands in its file. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** All recording rules. */
export function readRecords(): RecordingRule[] {
  const { groups } = parse(readFileSync(RECORDS, 'utf8')) as { groups: { rules: RecordingRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}
