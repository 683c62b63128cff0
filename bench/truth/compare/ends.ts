import { wasCutOff } from './breaks.js';
import type { Case } from './case.js';

/** What the engine's store says of each job's end is what is told, once, or what those who could have told it account for. */
export function compareEnds(part: Case): void {
  const { evidence, book, claim } = part;
  const bad = new Map<string, Set<string>>();
  const toldAttempts = new Map<string, unknown>();
  for (const { eventName, spanId, time, attributes } of evidence.logs) {
    const id = String(attributes['job.id']);
    if (eventName === 'job.abandoned') bad.set(id, (bad.get(id) ?? new Set()).add(`${time} ${spanId}`));
    if (eventName === 'job.completed') toldAttempts.set(id, attributes['job.attempts']);
  }
  for (const id of book.acceptedBy.keys())
    claim(evidence.store.has(id), () => `${id} was accepted, and the store does not know it`);
  for (const [id, job] of evidence.store) {
    const runs = book.runsOf(id);
    const completed = runs.filter(({ made }) => made?.outcome === 'completed').length;
    const abandoned = bad.get(id)?.size ?? 0;
    const about = (text: string) => () => `${id} ${text}`;
    claim(book.askedAt.has(job.key), about('is in the store, and nobody asked for it'));
    claim(abandoned <= 1, about(`has ${abandoned} bad ends`));
    claim(completed === 0 || abandoned === 0, about('has a good end and a bad one'));
    compareGood(part, id, completed);
    if (job.state === 'open') claim(false, about('has not ended'));
    else if (job.state === 'completed') {
      claim(abandoned === 0, about('is told as abandoned, and the store has completed it'));
      compareUntold(part, id, completed > 0);
      const told = toldAttempts.get(id);
      claim(
        completed !== 1 || told === undefined || job.attempts === undefined || told === job.attempts,
        about(`is told with ${told} attempts, and the store counts ${job.attempts}`),
      );
    } else {
      claim(completed === 0, about('is told as completed, and the store has it failed'));
      const told =
        abandoned > 0 || runs.some(({ made, begin }) => made?.outcome === 'failed' && begin.number >= 3);
      compareUntold(part, id, told);
    }
  }
}

/** Two good ends only where the engine ran it twice to a good end. */
function compareGood({ book, claim, tell }: Case, id: string, completed: number): void {
  if (completed < 2) return;
  const returned = book.runsOf(id).filter(({ end }) => end?.outcome === 'returned').length;
  tell('jobs that the engine ran to two good ends');
  claim(
    returned >= completed,
    () => `${id} has ${completed} good ends, and ${returned} of its runs returned`,
  );
}

/** An end that nobody told: who could have, was killed, or had no answer of a store that was down. */
function compareUntold({ evidence, book, claim, tell }: Case, id: string, isTold: boolean): void {
  if (isTold) return;
  const runs = book.runsOf(id);
  const wasKilled = runs.some(({ process, made }) => process.killed && made === undefined);
  const wasUnanswered = runs.some((run) => run.made?.outcome === 'lost' && wasCutOff(evidence.outages, run));
  if (wasKilled) tell('ends that a killed process could not tell');
  else if (wasUnanswered) tell('ends of which the store had no time to answer');
  claim(
    wasKilled || wasUnanswered,
    () =>
      `${id} is ${evidence.store.get(id)?.state} in the store (${evidence.store.get(id)?.why ?? ''}), and nobody told it`,
  );
}
