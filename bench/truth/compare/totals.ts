import { MAX_ATTEMPTS } from '../plan.js';
import type { Totals } from '../subjects/noted.js';
import type { Case } from './case.js';
import type { ProcessEvidence } from './evidence.js';

/**
 * The totals in Prometheus: of a process that lived those of the ledger; of a killed one what it last delivered or more, and never more
 * than the ledger.
 */
export function compareTotals(part: Case): void {
  for (const process of part.evidence.processes) {
    const truth = truthOf(part, process);
    const found = part.evidence.totals.get(process.name) ?? {};
    const exported = exportedOf(process);
    for (const name of new Set([...Object.keys(truth), ...Object.keys(found)])) {
      const [wanted, told] = [truth[name] ?? 0, found[name] ?? 0];
      const about = (text: string) => () => `${name} of ${process.name} is ${told} in Prometheus, ${text}`;
      if (process.killed) {
        part.claim(told <= wanted, about(`and by the ledger ${wanted}`));
        part.claim(
          told >= (exported[name] ?? 0),
          about(`and ${exported[name]} was delivered before it was killed`),
        );
      } else part.claim(told === wanted, about(`and by the ledger ${wanted}`));
    }
  }
}

/** What the ledger makes of a process's totals. */
export function truthOf({ book }: Pick<Case, 'book'>, process: ProcessEvidence): Totals {
  const totals: Record<string, number> = {};
  const count = (name: string): void => {
    totals[name] = (totals[name] ?? 0) + 1;
  };
  for (const { fact } of process.facts) {
    if (fact === 'accepted') count('job.enqueued');
    if (fact === 'refused') count('job.rejected');
  }
  const ended = new Set<string>();
  for (const run of book.runs.values()) {
    if (run.process !== process || run.end === undefined) continue;
    // A killed process may have settled what it had no time to end; what it counted is within that.
    const outcome = run.made?.outcome ?? run.end.outcome;
    // The duration is that of settled attempts: of one that is lost nobody knows an end.
    if (outcome === 'lost') continue;
    count('messaging.process.duration');
    if (outcome === 'completed' || outcome === 'returned') count('job.ended completed');
    else if (run.begin.number < MAX_ATTEMPTS) count('job.retries');
    else {
      count('job.ended abandoned');
      ended.add(run.begin.span);
    }
  }
  // Bad ends of jobs that no attempt ended: told by whom the engine told them.
  for (const id of process.logs.given) {
    const [, name, span = ''] = id.split(' ');
    if (name === 'job.abandoned' && !ended.has(span)) count('job.ended abandoned');
  }
  return totals;
}

/** What was last delivered of a process's totals. */
function exportedOf({ metrics }: ProcessEvidence): Totals {
  const calls = new Map<number, Totals>();
  let last: Totals = {};
  for (const { call, outcome, totals } of metrics) {
    if (outcome === 'began') calls.set(call, totals ?? {});
    if (outcome === 'delivered') last = calls.get(call) ?? last;
  }
  return last;
}
