import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from '../support/compare.js';
import type { Answers } from './answers.js';
import { readAnswers, storeAnswers } from './answers.js';
import { indexLabels } from './loki/index-labels.js';
import { LineReader } from './loki/line-file.js';
import type { RecordedLog } from './loki/recorded-log.js';
import { FILES, startStandIn } from './loki/stand-in.js';
import type { JaegerTrace } from './read/jaeger.js';
import { askJaeger } from './read/jaeger.js';
import { askLoki } from './read/loki.js';
import { askPrometheus } from './read/prometheus.js';
import { settle } from './settle.js';
import { startStack } from './stack/start.js';
import type { Play } from './subjects/job-queue.js';
import { optionsOf, startPlay } from './subjects/job-queue.js';

// `npx tsx test/e2e/capture-answers.ts`: asks the backends anew for what test/e2e-readers tests the readers with.
const ARRIVAL_MILLIS = 60_000;

const PLAY: Play = {
  name: 'answers',
  jobs: 60,
  seed: 3,
  relation: 'parent',
  timeoutMillis: 40,
  flags: ['--speed', '100', '--workers', '4', '--capacity', '12', '--hang', '0.1'],
};

const directory = await mkdtemp(join(tmpdir(), 'signalbox-answers-'));
// In this process, for its file of records is what is kept.
const standIn = await startStandIn({ host: '127.0.0.1', port: 0, directory, indexLabels });
const lokiUrl = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`;
const stack = await startStack({
  name: 'answers',
  services: ['collector', 'jaeger', 'prometheus'],
  env: { LOKI_ENDPOINT: lokiUrl },
  say: console.log,
});
try {
  // Without what the resource says of this machine.
  const env = { OTEL_NODE_RESOURCE_DETECTORS: 'env' };
  const { key, ledger } = await startPlay(PLAY, stack.otlp, [], env).ended;
  let answers: Answers | undefined;
  const amiss = await settle(ARRIVAL_MILLIS, async () => {
    const jaeger = inOrder(await askJaeger(stack.jaeger, key));
    const recorded = new LineReader<RecordedLog>(join(directory, FILES.records)).next();
    const loki = await askLoki(lokiUrl, key);
    const prometheus = await askPrometheus(stack.prometheus, key);
    answers = { play: PLAY, ledger, jaeger, recorded, loki, prometheus };
    return compare(ledger, readAnswers(answers), optionsOf(PLAY)).mismatches;
  });
  if (answers === undefined || amiss.length > 0) throw new Error(amiss.join('\n'));
  storeAnswers(answers);
  console.log(`${ledger.length} jobs, ${answers.jaeger.length} traces, ${answers.recorded.length} records`);
} finally {
  await stack.stop();
  standIn.close();
  standIn.closeAllConnections();
  await rm(directory, { recursive: true, force: true });
}

/** By their beginnings: in which order Jaeger answers is chance. */
function inOrder(traces: readonly JaegerTrace[]): JaegerTrace[] {
  const begin = ({ spans }: JaegerTrace): number => Math.min(...spans.map(({ startTime }) => startTime));
  return traces
    .map((trace) => ({ ...trace, spans: [...trace.spans].sort((a, b) => a.startTime - b.startTime) }))
    .sort((a, b) => begin(a) - begin(b));
}
