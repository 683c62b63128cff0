import type { LedgerJob } from './ledger-reader.js';
import type { Received } from './otlp-model.js';

const NUMBERED = /^.+-\d+(\.\d+)?-\d+$/;

/**
 * The ledger with the ids that the telemetry has for its workers: those of the engine, which the handler knows, are others. One for each, and
 * always the same, as the attempts' spans have it; what does not fit stays, and so differs.
 */
export function withNumberedWorkers(
  ledger: readonly LedgerJob[],
  { spans }: Pick<Received, 'spans'>,
): readonly LedgerJob[] {
  const told = new Map(
    spans.map(({ attributes }) => [
      `${attributes['job.id']} ${attributes['job.attempt.number']}`,
      attributes['worker.id'],
    ]),
  );
  const idOf = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, attempts } of ledger)
    for (const { number, worker } of attempts) {
      const own = told.get(`${id} ${number}`);
      if (typeof own !== 'string' || !NUMBERED.test(own) || idOf.has(worker) || taken.has(own)) continue;
      idOf.set(worker, own);
      taken.add(own);
    }
  return ledger.map((job) => ({
    ...job,
    attempts: job.attempts.map((attempt) => ({
      ...attempt,
      worker: idOf.get(attempt.worker) ?? attempt.worker,
    })),
  }));
}
