// `npm run many-queues`: what many queues cost. docs/many-queues.md says what follows from it; `--write` keeps the results.
import { writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { versions } from '../../test/e2e/programs/versions.js';
import { readFlags } from './flags.js';
import { queueNames } from './matrix.js';
import { bullmqLoad } from './monitors/bullmq.js';
import { postgresLoads } from './monitors/postgres.js';
import { loadReport, median, seriesReport, timingReport, waysReport } from './report.js';
import { measureSeries } from './series.js';
import { ways } from './ways.js';

const FILE = 'bench/many-queues.md';
const SLOW_MILLIS = 1000;

const { matrix, past, watch, parts, write } = readFlags(process.argv.slice(2));
const say = (line: string): void => console.error(line);
const told: string[] = [];
const tell = (text: string): void => {
  told.push(text);
  console.log(text);
};
const slow: string[] = [];

tell(
  [
    `Measured on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, Prometheus ${versions.prometheus.release}, collector ${versions.otelcol.release}, Linux ${release()} ${arch()}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB.`,
    '',
  ].join('\n'),
);
if (parts.includes('series')) {
  const result = await measureSeries(matrix, past, say);
  tell(seriesReport(matrix, result));
  tell(timingReport(`The dashboards' questions, of the last hour, "All" of everything`, result.timings));
  for (const { where, millis, failed } of result.timings)
    if (failed !== undefined || median(millis) > SLOW_MILLIS) slow.push(where);
}
if (parts.includes('ways')) tell(waysReport(await ways(matrix)));
if (parts.includes('monitors')) {
  const names = queueNames(matrix);
  tell(loadReport([await bullmqLoad(names, watch), ...(await postgresLoads(names, watch))]));
}
if (write)
  writeFileSync(
    FILE,
    `# Many queues\n\n\`npm run many-queues -- --write\` measures this; docs/many-queues.md says what to make of it.\n\n${told.join('\n')}`,
  );
for (const where of slow) say(`over ${SLOW_MILLIS} ms: ${where}`);
process.exit(slow.length > 0 ? 1 : 0);
