import type { ReceivedSeries } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import { verdictsOf } from './verdict.js';

const NO_LABELS = ['job.id', 'messaging.message.id', 'worker.id', 'host.name'];

/** Counters and histograms of the processes that lived equal what happened; nothing is counted twice. */
export function compareMetrics(part: Case): void {
  const { claim, traits, wanted, ledger, queue } = part;
  const living = new Set(part.recordings.filter(({ alive }) => alive).map(({ pid }) => pid));
  const all = part.recordings.filter(({ alive }) => alive).flatMap(({ received }) => received.series);
  const jobs = [...ledger.jobs.values()].filter((job) => job.queue === queue);
  const lives = jobs.flatMap((job) => job.lives);
  const verdicts = jobs.flatMap(verdictsOf).filter(({ attempt }) => living.has(attempt.pid));

  for (const { metric, attributes } of all) {
    for (const key of Object.keys(attributes))
      claim(!NO_LABELS.includes(key), () => `${metric} has the label ${key}`);
    const isOurs = !/^(job|queue)\./.test(metric) || attributes['messaging.system.name'] === traits.system;
    claim(isOurs, () => `${metric} has the system ${attributes['messaging.system.name']}`);
  }

  const of = (metric: string, labels: Readonly<Record<string, unknown>> = {}): readonly ReceivedSeries[] =>
    all.filter(
      (series) =>
        series.metric === metric &&
        series.attributes['messaging.destination.name'] === queue &&
        Object.entries(labels).every(([key, value]) => series.attributes[key] === value),
    );
  const equals = (metric: string, labels: Readonly<Record<string, unknown>>, expected: number): void => {
    const found = of(metric, labels).reduce(
      (sum, { value, count, kind }) => sum + (kind === 'histogram' ? count : value),
      0,
    );
    claim(found === expected, () => `${metric}${JSON.stringify(labels)} is ${found}, not ${expected}`);
  };

  const duplicates = traits.tellsDuplicates ? 0 : jobs.reduce((sum, job) => sum + job.duplicates, 0);
  equals('job.enqueued', {}, (wanted.queued ?? wanted.enqueued) === false ? 0 : jobs.length + duplicates);
  equals('job.ended', {}, lives.filter(({ end }) => end !== 'none').length);
  equals('job.ended', { 'job.outcome': 'completed' }, lives.filter(({ end }) => end === 'completed').length);
  for (const reason of reasonsOf(part))
    equals(
      'job.ended',
      { 'job.outcome': 'abandoned', 'job.abandon.reason': reason },
      lives.filter((life) => life.end === 'abandoned' && reasonOfLife(part, life) === reason).length,
    );
  equals('job.retries', {}, verdicts.filter(({ retried }) => retried).length);
  for (const type of new Set(verdicts.filter(({ retried }) => retried).map(({ errorType }) => errorType)))
    equals(
      'job.retries',
      { 'error.type': type },
      verdicts.filter((v) => v.retried && v.errorType === type).length,
    );
  const measured = verdicts.filter(({ outcome }) => ['completed', 'failed', 'timed_out'].includes(outcome));
  equals('messaging.process.duration', {}, measured.length);
  for (const type of new Set(measured.map(({ errorType }) => errorType)))
    equals(
      'messaging.process.duration',
      { 'error.type': type },
      measured.filter((v) => v.errorType === type).length,
    );
  equals('job.stalled', {}, part.logs.filter(({ eventName }) => eventName === 'job.stalled').length);
  equals('job.active', {}, 0);

  compareSums(part, of);
}

/** What the histograms hold is what spans and records say. */
function compareSums(part: Case, of: (metric: string) => readonly ReceivedSeries[]): void {
  const { claim, recordings } = part;
  const spans = recordings
    .filter(({ alive }) => alive)
    .flatMap(({ received }) => received.spans)
    .filter(({ scope }) => scope === 'signalbox');
  const logs = recordings.filter(({ alive }) => alive).flatMap(({ received }) => received.logs);
  const sums = (metric: string, event: readonly string[], key: string): void => {
    const told = logs
      .filter(({ eventName }) => event.includes(eventName ?? ''))
      .map(({ attributes }) => attributes[key])
      .filter((value) => value !== undefined);
    const [count, sum] = of(metric).reduce(([c, s], series) => [c + series.count, s + series.sum], [0, 0]);
    const total = told.reduce<number>((a, b) => a + Number(b), 0);
    claim(count === told.length, () => `${metric} has ${count} points, and ${told.length} records tell one`);
    claim(
      Math.abs((sum ?? 0) - total) < 0.001,
      () => `${metric} sums up to ${sum} s, and the records to ${total} s`,
    );
  };
  sums('job.wait.duration', ['job.started'], 'job.wait.duration');
  sums('job.turnaround.duration', ['job.completed', 'job.abandoned'], 'job.turnaround.duration');
  sums('messaging.process.duration', ['job.completed', 'job.failed'], 'job.duration');
  claim(
    spans.every(({ end }) => end !== '0'),
    () => 'a span has not ended',
  );
}

function reasonsOf(part: Case): Set<string | undefined> {
  const lives = [...part.ledger.jobs.values()].flatMap((job) => job.lives);
  return new Set(lives.filter(({ end }) => end === 'abandoned').map((life) => reasonOfLife(part, life)));
}

function reasonOfLife(part: Case, life: { readonly reason: string | undefined }): string | undefined {
  for (const job of part.ledger.jobs.values()) {
    const own = job.lives.find((other) => other === life);
    if (!own) continue;
    return own.reason ?? verdictsOf({ ...job, lives: [own] }).at(-1)?.reason;
  }
  return undefined;
}
