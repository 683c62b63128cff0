import { existsSync, readFileSync } from 'node:fs';
import { readExports } from '../../../test/e2e/subjects/exports.js';
import type { Lost, ProcessEvidence } from '../compare/evidence.js';
import type { Fact } from '../facts.js';
import { readNotes } from '../notes.js';
import type { MadeSpan, NotedMetrics } from '../subjects/noted.js';
import { filesOf } from '../subjects/order.js';

interface Counts {
  readonly failed: number;
  readonly dropped: Readonly<Record<string, number>>;
}

interface StatsFile {
  readonly destinations?: {
    readonly collector?: { readonly channels: Readonly<Partial<Record<'spans' | 'logs', Counts>>> };
  };
}

/** What a process wrote; `diedAt` where it had no time for its last words. */
export function gatherProcess(directory: string, name: string, diedAt: number | undefined): ProcessEvidence {
  const killed = diedAt !== undefined;
  const files = filesOf(directory, name);
  // One that was killed while it started has written none of them.
  const read = (path: string): string => (killed && !existsSync(path) ? '' : readFileSync(path, 'utf8'));
  const text = read(files.exports);
  const stats = JSON.parse(read(files.stats) || '{}') as StatsFile;
  const lostOf = (channel: 'spans' | 'logs'): Lost => {
    const counts = stats.destinations?.collector?.channels[channel];
    return {
      failed: counts?.failed ?? 0,
      dropped: Object.values(counts?.dropped ?? {}).reduce((sum, n) => sum + n, 0),
    };
  };
  return {
    name,
    diedAt,
    killed,
    facts: readNotes<Fact>(files.ledger),
    made: readNotes<MadeSpan>(files.made),
    spans: readExports(text, 'spans'),
    logs: readExports(text, 'logs'),
    metrics: readNotes<NotedMetrics>(files.exports).filter(({ channel }) => channel === 'metrics'),
    lost: { spans: lostOf('spans'), logs: lostOf('logs') },
  };
}
