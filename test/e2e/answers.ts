import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LedgerJob } from '../support/ledger-reader.js';
import type { Received } from '../support/otlp-model.js';
import type { JaegerTrace } from './read/jaeger.js';
import { readJaeger } from './read/jaeger.js';
import type { LokiStream } from './read/loki.js';
import { readLoki } from './read/loki.js';
import type { PrometheusSample } from './read/prometheus.js';
import { readPrometheus } from './read/prometheus.js';
import { repository } from './stack/compose-file.js';
import type { Play } from './subjects/job-queue.js';

/** What the real backends answered of one small run, and its ledger. */
export interface Answers {
  readonly play: Play;
  readonly ledger: readonly LedgerJob[];
  readonly jaeger: JaegerTrace[];
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

/** As the readers give it from the living backends. */
export function readAnswers({ jaeger, loki, prometheus }: Answers): Received {
  return { spans: readJaeger(jaeger), logs: readLoki(loki), series: readPrometheus(prometheus) };
}
