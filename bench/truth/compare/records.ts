import { logId } from '../../../test/e2e/subjects/exports.js';
import type { ReceivedLog } from '../../../test/support/otlp-model.js';
import { MAX_ATTEMPTS } from '../plan.js';
import { mayBeUnheldAt } from './breaks.js';
import type { Case } from './case.js';
import type { ProcessEvidence } from './evidence.js';
import { millisOf } from './moment.js';

/** A record that must have been made: of one name on one span there is one. */
interface Expected {
  readonly process: ProcessEvidence;
  readonly what: string;
}

/** What came to Loki's address is what happened, each once; what did not come is accounted for by its id. */
export function compareRecords(part: Case): void {
  const { evidence, accounts, claim, tell } = part;
  const arrived = new Map<string, ReceivedLog>();
  for (const log of evidence.logs) {
    const id = logId(log);
    if (arrived.has(id)) tell('records that came twice');
    arrived.set(id, log);
  }
  const givenBy = new Map<string, ProcessEvidence>();
  const given = new Map<string, string[]>();
  for (const process of evidence.processes)
    for (const id of process.logs.given) {
      givenBy.set(id, process);
      const place = placeOfId(id);
      given.set(place, [...(given.get(place) ?? []), id]);
    }
  const expected = expectedOf(part);
  for (const [place, { process, what }] of expected) {
    const ids = given.get(place) ?? [];
    const there = ids.filter((id) => arrived.has(id));
    claim(ids.length <= 1, () => `${what} has ${ids.length} records (${place})`);
    const where = accounts.enter(process, 'logs', ids[0], there.length > 0);
    claim(
      where !== 'delivered and gone',
      () => `${what} (${ids[0]}) of ${process.name} was delivered and is missing`,
    );
  }
  for (const [id, log] of arrived) {
    claim(givenBy.has(id), () => `the record ${id} of ${log.attributes['job.id']} was given to no exporter`);
    compareNumbers(part, id, log);
    if (log.eventName?.startsWith('job.') && !expected.has(placeOfId(id))) compareOther(part, id, log);
  }
  // Of those that no run stands for, such as a worker's own: what was delivered is there.
  for (const process of evidence.processes)
    for (const id of process.logs.delivered)
      if (!expected.has(placeOfId(id)))
        claim(arrived.has(id), () => `the record ${id} of ${process.name} was delivered and is missing`);
}

/** By the name on the span. */
function expectedOf({ book }: Case): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const expect = (process: ProcessEvidence, span: string, name: string, job: string | undefined): void =>
    void expected.set(`${name} ${span}`, { process, what: `${name} of ${job}` });
  for (const id of book.acceptedBy.keys()) {
    const enqueue = book.enqueueOf.get(id);
    if (enqueue !== undefined) expect(enqueue.process, enqueue.span.span, 'job.queued', id);
  }
  for (const { process, begin, made } of book.runs.values()) {
    expect(process, begin.span, 'job.started', begin.id);
    if (made?.outcome === 'completed') expect(process, begin.span, 'job.completed', begin.id);
    if (made?.outcome !== 'failed') continue;
    expect(process, begin.span, 'job.failed', begin.id);
    const next = begin.number < MAX_ATTEMPTS ? 'job.retrying' : 'job.abandoned';
    expect(process, begin.span, next, begin.id);
  }
  return expected;
}

function compareNumbers({ claim }: Case, id: string, { attributes }: ReceivedLog): void {
  for (const [key, value] of Object.entries(attributes))
    if (/\.(duration|delay|oldest_age)$/.test(key))
      claim(Number(value) >= 0, () => `the record ${id} of ${attributes['job.id']} has ${key} ${value}`);
}

/** A record that no run and no answer of the engine stands for. */
function compareOther(part: Case, id: string, log: ReceivedLog): void {
  const { evidence, book, claim, tell } = part;
  const job = String(log.attributes['job.id']);
  const about = (text: string) => () => `the record ${id} of ${job} ${text}`;
  switch (log.eventName) {
    case 'job.stalled': {
      tell('stalls that are told');
      const isTrue = book
        .runsOf(job)
        .some(({ end, made }) => end === undefined || made === undefined || made.outcome === 'lost');
      claim(
        isTrue || mayBeUnheldAt(part, job, millisOf(log.time)),
        about('tells a stall, and all runs of it came to their end'),
      );
      return;
    }
    case 'job.abandoned':
      tell('ends that are told of jobs that no attempt ended');
      claim(evidence.store.get(job)?.state === 'failed', about('tells a bad end, and the store none'));
      return;
    case 'job.rejected':
      claim(
        log.spanId !== undefined &&
          book.made.get(log.spanId)?.span.operation === 'enqueue' &&
          !book.acceptedBy.has(job),
        about('tells a refusal that was none'),
      );
      return;
    default:
      claim(false, about('tells what did not happen'));
  }
}

/** `<name> <span id>` of `<time> <name> <span id>`. */
function placeOfId(id: string): string {
  return id.slice(id.indexOf(' ') + 1);
}
