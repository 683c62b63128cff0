import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { settle } from '../../test/e2e/settle.js';
import { startStack } from '../../test/e2e/stack/start.js';
import { compareSoak } from './compare/soak.js';
import { numberOf } from './flags.js';
import { readNotes } from './notes.js';
import type { SoakResult } from './report/soak-section.js';
import { soakSection } from './report/soak-section.js';
import { writeSection } from './report/write.js';
import { totalsInPrometheus } from './run/backends.js';
import { startRecorder } from './run/recorder.js';
import { startSubject } from './run/subject.js';
import { boundsOf } from './stats/bounds.js';
import { isAmiss, judge } from './stats/flat.js';
import { startRedisServer } from './stores/redis.js';
import { buildPrograms } from './subjects/build.js';
import type { Totals } from './subjects/noted.js';
import { filesOf } from './subjects/order.js';
import type { SampleLine } from './subjects/sample.js';
import type { SoakEnd } from './subjects/soak-end.js';

const HELP = `npm run soak -- [flags]

200 jobs a second with failures and retries on BullMQ and a real Redis, observed, exported to the real collector: heap, memory, handles,
listeners and queues must not grow, and the totals must be exact at the end.

  --minutes N   default 60
  --rate N      jobs a second, default 200
  --write       puts the result into bench/truth.md
  --keep        leaves the samples where they are
`;
const ARRIVAL_MILLIS = 120_000;
/** Code is compiled, and pools are filled, in this part of the run; 5 minutes at most. */
const WARM_UP = 0.2;
const MOST_WARM_UP_MILLIS = 5 * 60_000;
const NAME = 'soak';

const began = performance.now();
function say(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}`);
}

async function run(minutes: number, rate: number, keep: boolean): Promise<SoakResult> {
  await buildPrograms(['soak']);
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-soak-'));
  const records: Record<string, number> = {};
  const recorder = await startRecorder(({ eventName = '' }) => {
    records[eventName] = (records[eventName] ?? 0) + 1;
  });
  // Records are counted and not kept: of an hour there are some millions.
  const stack = await startStack({
    name: NAME,
    say,
    services: ['collector', 'jaeger', 'prometheus'],
    env: { LOKI_ENDPOINT: recorder.url },
  });
  const redis = await startRedisServer();
  const sampleMillis = Math.min(15_000, (minutes * 60_000) / 24);
  const order = {
    name: NAME,
    engine: 'bullmq' as const,
    store: redis.url,
    otlp: stack.otlp,
    directory,
    jobs: 0,
    seed: 1,
    rate,
    minutes,
    sampleMillis,
  };
  const subject = startSubject('soak', order, { node: ['--expose-gc'] });
  try {
    await subject.said('ready');
    say(`${minutes} minutes of ${rate} jobs a second; a sample each ${sampleMillis / 1000} s`);
    await subject.said('over');
    const files = filesOf(directory, NAME);
    const output = await readFile(files.output, 'utf8');
    const end = JSON.parse(output.split('\n').find((line) => line.startsWith('{"ledger"')) ?? '') as SoakEnd;
    let totals: Totals = {};
    const mismatches = await settle(ARRIVAL_MILLIS, async () => {
      totals = await totalsInPrometheus(stack.prometheus, NAME);
      return compareSoak({ end, totals, records });
    });
    const samples = readNotes<SampleLine>(`${files.ledger}.samples`);
    const warm = Math.min(MOST_WARM_UP_MILLIS, minutes * 60_000 * WARM_UP);
    const counted = samples.filter(({ at }) => at - (samples[0]?.at ?? 0) >= warm);
    const verdicts = boundsOf(counted).map((bound) =>
      judge(
        bound,
        counted.map(({ at, values }) => ({ at, value: values[bound.name] ?? 0 })),
        minutes * 60_000,
      ),
    );
    await subject.end();
    return {
      minutes,
      rate,
      end,
      totals,
      records,
      mismatches,
      verdicts,
      samples: counted.length,
      redis: redis.version,
    };
  } finally {
    await subject.kill();
    await Promise.allSettled([stack.stop(), redis.stop(), recorder.close()]);
    if (keep) say(`the samples are in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '200' },
      write: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const result = await run(
    numberOf('--minutes', values.minutes),
    numberOf('--rate', values.rate),
    values.keep,
  );
  const section = soakSection(result);
  console.log(`\n${section.text}\n`);
  if (values.write) await writeSection(section);
  const amiss = result.verdicts.filter(isAmiss);
  for (const { bound, trend } of amiss) console.log(`${trend.toUpperCase()} ${bound.name}`);
  for (const text of result.mismatches) console.log(`MISMATCH ${text}`);
  console.log(
    `${result.end.ledger.accepted} jobs: ${result.mismatches.length} mismatches, ${amiss.length} not shown to be flat`,
  );
  return amiss.length + result.mismatches.length > 0 ? 1 : 0;
}

process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
