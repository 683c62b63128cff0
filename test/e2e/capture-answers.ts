import { compare } from '../support/compare.js';
import type { Answers } from './answers.js';
import { readAnswers, storeAnswers } from './answers.js';
import { askJaeger } from './read/jaeger.js';
import { askLoki } from './read/loki.js';
import { askPrometheus } from './read/prometheus.js';
import { settle } from './settle.js';
import { composeStack } from './stack/compose-stack.js';
import type { Play } from './subjects/job-queue.js';
import { optionsOf, startPlay } from './subjects/job-queue.js';

// `npx tsx test/e2e/capture-answers.ts`: asks the real backends anew for what test/e2e-readers tests the readers with. Needs Docker:
// only there Loki answers.
const ARRIVAL_MILLIS = 60_000;

const PLAY: Play = {
  name: 'answers',
  jobs: 60,
  seed: 3,
  relation: 'parent',
  timeoutMillis: 40,
  flags: ['--speed', '100', '--workers', '4', '--capacity', '12', '--hang', '0.1'],
};

const stack = await composeStack({ name: 'answers', say: console.log });
try {
  // Without what the resource says of this machine.
  const env = { OTEL_NODE_RESOURCE_DETECTORS: 'env' };
  const { key, ledger } = await startPlay(PLAY, stack.otlp, [], env).ended;
  let answers: Answers | undefined;
  const amiss = await settle(ARRIVAL_MILLIS, async () => {
    const jaeger = await askJaeger(stack.jaeger, key);
    const loki = await askLoki(stack.loki, key);
    const prometheus = await askPrometheus(stack.prometheus, key);
    answers = { play: PLAY, ledger, jaeger, loki, prometheus };
    return compare(ledger, readAnswers(answers), optionsOf(PLAY)).mismatches;
  });
  if (answers === undefined || amiss.length > 0) throw new Error(amiss.join('\n'));
  storeAnswers(answers);
  console.log(`${ledger.length} jobs, ${answers.jaeger.length} traces, ${answers.loki.length} records`);
} finally {
  await stack.stop();
}
