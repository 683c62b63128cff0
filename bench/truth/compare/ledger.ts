import { wasCutOff } from './breaks.js';
import type { Case } from './case.js';
import type { HandlerRun } from './runs.js';

/** Spans that were made are those of what happened: an ask has one, a run has one with its end, and there are no others. */
export function compareLedger(part: Case): void {
  compareAsks(part);
  compareRuns(part);
  compareOthers(part);
}

function compareAsks({ evidence, book, claim }: Case): void {
  for (const { name, facts, made } of evidence.processes) {
    const spans = made.filter(({ operation }) => operation === 'enqueue');
    const asks = facts.filter(({ fact }) => fact === 'ask').length;
    claim(
      spans.length === asks,
      () => `${name}: ${asks} jobs were asked for in ${spans.length} enqueue spans`,
    );
    const byJob = new Map<string, number>();
    for (const { job } of spans) if (job !== undefined) byJob.set(job, (byJob.get(job) ?? 0) + 1);
    for (const fact of facts)
      if (fact.fact === 'accepted')
        claim(byJob.get(fact.id) === 1, () => `${fact.id} has ${byJob.get(fact.id) ?? 0} enqueue spans`);
  }
  const keys = [...book.acceptedBy].length;
  claim(keys === evidence.jobs, () => `${keys} jobs were accepted, and ${evidence.jobs} asked for`);
}

const FITTING: Readonly<Record<string, string>> = { returned: 'completed', threw: 'failed' };

function compareRuns({ evidence, book, claim, tell }: Case): void {
  for (const run of book.runs.values()) {
    const { process, begin, end, made } = run;
    const about = (text: string) => () =>
      `${begin.id}, run ${begin.number} in ${process.name} (${begin.span}) ${text}`;
    if (end === undefined) {
      claim(process.killed, about('never ended, and its process was not killed'));
      claim(
        made === undefined || made.outcome === 'lost',
        about(`never ended, and is told as ${made?.outcome}`),
      );
      continue;
    }
    if (made === undefined) {
      claim(process.killed, about('has no span, and its process was not killed'));
      continue;
    }
    claim(made.job === begin.id, about(`has a span of the job ${made.job}`));
    if (made.outcome === FITTING[end.outcome]) continue;
    claim(made.outcome === 'lost', about(`${end.outcome}, and is told as ${made.outcome}`));
    if (made.outcome !== 'lost') continue;
    tell('runs that are told as lost');
    claim(
      wasCutOff(evidence.outages, run) || isTakenAway(run, book.runsOf(begin.id)),
      about('is told as lost, and neither was the store down nor did another run begin'),
    );
  }
}

/** Whether the engine gave the job to someone else, or again to this one, before this run was over. */
function isTakenAway({ begin, end }: HandlerRun, all: readonly HandlerRun[]): boolean {
  return all.some(
    (other) =>
      other.begin.span !== begin.span &&
      other.begin.at >= begin.at &&
      (end === undefined || other.begin.at <= end.at + 1000),
  );
}

function compareOthers({ evidence, book, claim }: Case): void {
  const settled = new Map<string | undefined, number>();
  for (const { span } of book.made.values()) {
    switch (span.operation) {
      case 'enqueue':
        break;
      case 'process':
        claim(
          book.runs.has(span.span),
          () => `the attempt ${span.span} of ${span.job} was run by no handler`,
        );
        break;
      case 'settle':
        settled.set(span.job, (settled.get(span.job) ?? 0) + 1);
        claim(
          span.job !== undefined && evidence.store.get(span.job)?.state === 'failed',
          () => `${span.job} is told as settled, and did not fail`,
        );
        break;
      default:
        claim(false, () => `there is a span ${span.operation} (${span.span}) that nothing asked for`);
    }
  }
  for (const [job, n] of settled) claim(n === 1, () => `${job} is told as settled ${n} times`);
}
