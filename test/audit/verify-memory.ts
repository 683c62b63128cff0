// How much memory `audit verify` takes for a trail of so many lines: `tsx test/audit/verify-memory.ts 1000000`
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from '../../src/audit/chain.js';
import { BEGINNING, hashOf, lineAfter } from '../../src/audit/chain.js';
import { slotOf } from '../../src/audit/head-record.js';
import { verifyFiles } from '../../src/audit/verify/verify-files.js';

export interface VerifyMemory {
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
  /** The most that the process had in memory, less what it had before. */
  readonly grownMib: number;
}

const JSON_OF_EMISSION =
  '{"job_id":"0f8fad5b-d9cb-469f-a165-70867728950e","message":"Payment processed","signal":"PAYMENT_PROCESSED","time":"2026-03-01T12:00:00.000Z"}';

/** Makes a trail and verifies it. Throws where it is not valid, or one that is spoilt at its end is. */
export async function verifyMemory(lines: number): Promise<VerifyMemory> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-verify-'));
  try {
    const path = join(folder, 'audit.jsonl');
    const bytes = writeTrail(path, lines);
    // What has been made is garbage by now, and is not what is measured.
    (globalThis as { gc?: () => void }).gc?.();
    let peak = 0;
    const before = process.memoryUsage.rss();
    const look = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 20);
    const start = performance.now();
    const { problems, chains } = await verifyFiles([path], undefined, {
      expected: undefined,
      after: undefined,
    });
    const seconds = (performance.now() - start) / 1000;
    clearInterval(look);
    if (problems.length > 0 || chains[0]?.lines !== lines) throw new Error(JSON.stringify(problems));
    return { lines, bytes, seconds, grownMib: (peak - before) / 2 ** 20 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeTrail(path: string, lines: number): number {
  const fd = openSync(path, 'w');
  let place: Place = BEGINNING;
  let [from, to] = [0, 0];
  let parts: Buffer[] = [];
  for (let i = 1; i <= lines; i++) {
    const line = lineAfter(place, { kind: 'emission', json: JSON_OF_EMISSION }, undefined);
    const bytes = Buffer.from(`${line}\n`);
    place = { seq: i, hash: hashOf(line) };
    [from, to] = [to, to + bytes.length];
    parts.push(bytes);
    if (parts.length < 4096 && i < lines) continue;
    writeSync(fd, Buffer.concat(parts));
    parts = [];
  }
  closeSync(fd);
  writeFileSync(
    `${path}.head`,
    Buffer.concat([2, 3].map((count) => slotOf({ ...place, from, to, count }, undefined))),
  );
  return to;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(JSON.stringify(await verifyMemory(Number(process.argv[2] ?? 1_000_000))));
