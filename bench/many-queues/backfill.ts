import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RECORDS, readRecords } from '../../test/e2e/dashboards/record.js';
import { programs } from '../../test/e2e/programs/programs.js';
import { waitUntil } from '../../test/e2e/stack/wait.js';

const exec = promisify(execFile);
const MINUTES = 60_000;

/** Has promtool work out the records of what was before the rules were there, and Prometheus take them in. `data`: its folder. */
export async function backfillRecords(
  prometheus: string,
  data: string,
  from: number,
  to: number,
): Promise<void> {
  const { promtool } = await programs();
  const out = await mkdtemp(join(tmpdir(), 'signalbox-records-'));
  try {
    const args = [
      'tsdb',
      'create-blocks-from',
      'rules',
      `--start=${from}`,
      `--end=${to}`,
      '--eval-interval=1m',
    ];
    await exec(promtool, [...args, `--url=${prometheus}`, `--output-dir=${out}`, RECORDS], {
      timeout: 20 * MINUTES,
      maxBuffer: 2 ** 26,
    });
    for (const block of await readdir(out))
      await cp(join(out, block), join(data, block), { recursive: true });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  const [first] = readRecords();
  const query = `count_over_time(count(${first?.record})[1h:1m])`;
  await waitUntil(5 * MINUTES, 'Prometheus to see the records', async () => {
    const response = await fetch(
      `${prometheus}/api/v1/query?${new URLSearchParams({ query, time: String(to) })}`,
    );
    const { data: found } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(found.result[0]?.value[1] ?? 0) >= Math.floor((to - from) / 60) - 5;
  });
}
