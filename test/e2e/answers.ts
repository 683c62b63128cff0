import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LedgerJob } from '../support/ledger-reader.js';
import type { Received, ReceivedLog } from '../support/otlp-model.js';
import type { RecordedLog } from './loki/recorded-log.js';
import { readRecorded } from './loki/recorded-log.js';
import type { JaegerTrace } from './read/jaeger.js';
import { readJaeger } from './read/jaeger.js';
import type { LokiStream } from './read/loki.js';
import { readLoki } from './read/loki.js';
import type { PrometheusSample } from './read/prometheus.js';
import { readPrometheus } from './read/prometheus.js';
import { repository } from './stack/compose-file.js';
import type { Play } from './subjects/job-queue.js';

/** What the backends answered of one small run, and its ledger. */
export interface Answers {
  readonly play: Play;
  readonly ledger: readonly LedgerJob[];
  readonly jaeger: JaegerTrace[];
  /** What the stand-in at Loki's address took. */
  readonly recorded: RecordedLog[];
  /** What the stand-in answers in Loki's form. */
  readonly loki: LokiStream[];
  readonly prometheus: PrometheusSample[];
}

const path = join(repository, 'test/e2e-readers/answers.json.gz');

/** The answers that were kept by `capture-answers.ts`: for tests of the readers where no backend runs. */
export function storedAnswers(): Answers {
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Answers;
}

export function storeAnswers(answers: Answers): void {
  // Stack traces name files of this machine.
  writeFileSync(path, gzipSync(JSON.stringify(answers).replaceAll(`${repository}/`, ''), { level: 9 }));
}

/** As the readers give it from the living backends: with the records as they were recorded, unless Loki is asked for. */
export function readAnswers(answers: Answers, logs: ReceivedLog[] = recordedOf(answers)): Received {
  const { jaeger, prometheus } = answers;
  return { spans: readJaeger(jaeger), logs, series: readPrometheus(prometheus) };
}

export function recordedOf({ recorded }: Answers): ReceivedLog[] {
  return recorded.flatMap(readRecorded);
}

export function lokiOf({ loki }: Answers): ReceivedLog[] {
  return readLoki(loki);
}
