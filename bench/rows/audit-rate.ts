import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LineWriter } from '../cases/audit-lines.js';
import { anEmission, auditLines, oneSyncALine, pinoLines } from '../cases/audit-lines.js';
import { overRounds } from '../harness.js';
import { inTurn } from '../in-turn.js';
import { spreadOf } from '../spread.js';
import type { Row } from './row.js';

/** Each takes two seconds. */
const MOST_ROUNDS = 5;

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs, which syncs nothing',
  2035054128: 'overlayfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
};

/** By the clock: what a sync costs is waiting, and no CPU. */
async function nanosOf({ lines, write }: LineWriter): Promise<number> {
  const start = performance.now();
  await write(lines);
  return ((performance.now() - start) * 1e6) / lines;
}

export const row: Row = {
  id: 'audit-rate',
  what: 'lines a second of auditFile, 1,024 at once, each acknowledged when it is on the disk, against lines that are synced one by one',
  unit: 'ratio',
  must: 15,
  bound: 'least',
  async measure({ rounds }) {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-audit-'));
    try {
      const emission = await anEmission();
      const writers = [
        oneSyncALine(folder, emission),
        auditLines(folder, emission),
        auditLines(folder, emission, 'secret'),
        auditLines(folder, emission, 'privateKey'),
        pinoLines(folder, false),
        pinoLines(folder, true),
      ];
      await inTurn(writers, 2, nanosOf);
      const costs = await inTurn(writers, Math.min(rounds, MOST_ROUNDS), nanosOf);
      for (const writer of writers) await writer.close();
      const rate = (of: readonly number[]): string =>
        Math.round(1e9 / spreadOf(of).value).toLocaleString('en-US');
      const { type } = statfsSync(folder);
      return {
        ...overRounds(costs, ([one = Number.NaN, audit = Number.NaN]) => one / audit),
        against: 'one sync a line',
        notes: [
          ...writers.map(({ name }, i) => `${name}: ${rate(costs[i] ?? [])} lines/s`),
          `real files on ${FILE_SYSTEMS[type] ?? `a file system of the type ${type}`}; by the clock`,
        ],
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
