import type { Channel, ExportedIds } from '../../../test/e2e/subjects/exports.js';
import type { ProcessEvidence } from './evidence.js';

/** What became of something that a process made. */
export type Whereabouts =
  /** It arrived. */
  | 'arrived'
  /** Its export failed or was not answered in time, and `stats()` calls as much failed. */
  | 'export failed'
  /** It never was in an export, and `stats()` calls as much dropped. */
  | 'dropped'
  /** Its process was killed before it had been answered. */
  | 'killed'
  /** An exporter was told that it was delivered. */
  | 'delivered and gone';

export const whereabouts: readonly Whereabouts[] = [
  'arrived',
  'export failed',
  'dropped',
  'killed',
  'delivered and gone',
];

/** Where each span and record went, by process. */
export class Accounts {
  readonly #counts = new Map<string, Map<Whereabouts, number>>();
  readonly #processes = new Map<string, ProcessEvidence>();

  /** Decides by id, and counts. */
  enter(process: ProcessEvidence, channel: Channel, id: string | undefined, arrived: boolean): Whereabouts {
    const where = arrived ? 'arrived' : whereIs(process, process[channel], id);
    this.#processes.set(process.name, process);
    const key = `${process.name} ${channel}`;
    const counts = this.#counts.get(key) ?? new Map<Whereabouts, number>();
    counts.set(where, (counts.get(where) ?? 0) + 1);
    this.#counts.set(key, counts);
    return where;
  }

  of(process: string, channel: Channel): Readonly<Record<Whereabouts, number>> {
    const counts = this.#counts.get(`${process} ${channel}`);
    return Object.fromEntries(whereabouts.map((where) => [where, counts?.get(where) ?? 0])) as Record<
      Whereabouts,
      number
    >;
  }

  /** A sentence for each process that lives, and is without more than its `stats()` calls lost. */
  excesses(): string[] {
    return [...this.#processes.values()].flatMap((process) =>
      (['spans', 'logs'] as const).flatMap((channel) => {
        if (process.killed) return [];
        const { 'export failed': failed, dropped } = this.of(process.name, channel);
        const lost = process.lost[channel];
        return [
          ...(failed > lost.failed
            ? [
                `${process.name}: ${failed} ${channel} are missing after failed exports, and stats() calls ${lost.failed} failed`,
              ]
            : []),
          ...(dropped > lost.dropped
            ? [
                `${process.name}: ${dropped} ${channel} never were in an export, and stats() calls ${lost.dropped} dropped`,
              ]
            : []),
        ];
      }),
    );
  }
}

function whereIs(
  { killed }: ProcessEvidence,
  { given, delivered }: ExportedIds,
  id: string | undefined,
): Whereabouts {
  if (id !== undefined && delivered.has(id)) return 'delivered and gone';
  if (killed) return 'killed';
  return id !== undefined && given.has(id) ? 'export failed' : 'dropped';
}
