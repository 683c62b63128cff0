import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from './fake-time.js';
import type { Program, Step } from './program.js';
import { programs } from './program.js';
import type { Told } from './rig.js';
import { idOf, Witness } from './witness.js';

/** The end of a life that was told of none. */
const NOTHING: Pick<Told, 'event' | 'attributes'> = { event: 'nothing', attributes: {} };

async function play(program: Program): Promise<Witness> {
  const witness = new Witness(program);
  for (const step of program.steps) {
    // Steps without time between them happen in one turn.
    if (step.step === 'pass') await pass(step.millis);
    else take(step, witness);
    witness.look();
    const { accepted } = witness.rig.queue.counts();
    witness.claim(
      accepted === witness.lives.length,
      `${witness.lives.length} were accepted, it says ${accepted}`,
    );
  }
  await pass(program.drainMillis);
  const done = witness.rig.queue.shutdown({ timeoutMillis: 100 });
  await pass(2000);
  await done;
  witness.look();
  return witness;
}

function take(step: Exclude<Step, { step: 'pass' }>, witness: Witness): void {
  const { queue } = witness.rig;
  if (step.step === 'enqueue') witness.enqueue(step);
  else if (step.step === 'cancel') witness.cancel(idOf(step));
  else if (step.step === 'abort') witness.abort(idOf(step));
  else if (step.step === 'start') queue.start();
  else void queue.shutdown({ timeoutMillis: step.timeoutMillis });
}

/** Each accepted job has one end, and the one that the witness saw coming. */
function checkEnds(witness: Witness): void {
  const { accepted, completed, abandoned } = witness.rig.queue.counts();
  witness.claim(
    completed + abandoned === accepted,
    `${accepted} were accepted, ${completed} + ${abandoned} ended`,
  );
  for (const id of new Set(witness.lives.map((life) => life.id))) {
    const lives = witness.livesOf(id);
    const ends = witness.ends(id);
    witness.claim(ends.length === lives.length, `${id} has ${ends.length} ends in ${lives.length} lives`);
    for (const [n, life] of lives.entries()) {
      const { event, attributes } = ends[n] ?? NOTHING;
      const reason = attributes['job.abandon.reason'];
      const attempts = attributes['job.attempts'];
      witness.claim((event === 'job.completed') === life.returned, `${id} is told as ${event}`);
      witness.claim((reason === 'cancelled') === life.cancelled, `${id} is told as abandoned for ${reason}`);
      witness.claim(
        attempts === life.attempts,
        `${id} is told with ${attempts} attempts, not ${life.attempts}`,
      );
    }
  }
}

/** What was told adds up, with what was seen and in itself. */
function checkTold(witness: Witness, program: Program): void {
  const { rig, lives, refused, attempts } = witness;
  const count = (event: string): number => rig.told({ event }).length;
  const is = (what: string, told: number, seen: number): void =>
    witness.claim(told === seen, `${told} ${what} were told, ${seen} were seen`);
  const spans = [...new Set(lives.map(({ id }) => id))].flatMap((job) =>
    rig.spans({ job, operation: 'process' }),
  );
  const failed = spans.filter((span) => span.attributes['job.attempt.outcome'] === 'failed');
  const final = failed.filter((span) => span.attributes['job.abandon.reason'] !== undefined);
  const started = program.steps.findIndex(({ step }) => step === 'start');
  const closed = program.steps.findIndex(({ step }) => step === 'shutdown');
  is('acceptances', count('job.queued'), lives.length);
  is('refusals', count('job.rejected') + count('job.duplicate'), refused);
  is('attempts', count('job.started'), attempts);
  is('attempt spans', spans.length, attempts);
  is('failures', count('job.failed'), failed.length);
  is('failures', count('job.failed'), count('job.retrying') + final.length);
  const workers = started !== -1 && (closed === -1 || started < closed) ? program.workers : 0;
  is('worker starts', count('worker.started'), workers);
  is('worker stops', count('worker.stopped'), workers);
}

describe('JobQueue - conservation', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('at all times accepted = completed + abandoned + waiting + delayed + active, and each accepted job has exactly one end', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const witness = await play(program);
        checkEnds(witness);
        checkTold(witness, program);
        expect(witness.wrong).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
