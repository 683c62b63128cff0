import { join } from 'node:path';
import { attributesOf } from '../../support/otlp-json.js';
import type { ReceivedLog } from '../../support/otlp-model.js';
import type { RunKey } from '../read/run.js';
import { LineReader } from './line-file.js';
import type { RecordedLog } from './recorded-log.js';
import { readRecorded } from './recorded-log.js';
import { FILES } from './stand-in.js';

/** What a stand-in has written into its folder, read from outside of it, whether it runs or not. */
export interface Recorded {
  /** All records of one process, whatever time they say. */
  of(run: Pick<RunKey, 'service' | 'instance'>): ReceivedLog[];
  /** What was refused since the last call. */
  refusals(): string[];
}

export function recordedIn(directory: string): Recorded {
  const records = new LineReader<RecordedLog>(join(directory, FILES.records));
  const refusals = new LineReader<string>(join(directory, FILES.refusals));
  const byProcess = new Map<string, ReceivedLog[]>();
  const keyOf = (service: unknown, instance: unknown): string => JSON.stringify([service, instance]);
  return {
    of({ service, instance }) {
      for (const record of records.next()) {
        const { 'service.name': name, 'service.instance.id': id } = attributesOf(record.resource.attributes);
        const key = keyOf(name, id);
        byProcess.set(key, byProcess.get(key) ?? []);
        byProcess.get(key)?.push(...readRecorded(record));
      }
      return [...(byProcess.get(keyOf(service, instance)) ?? [])];
    },
    refusals: () => refusals.next(),
  };
}
