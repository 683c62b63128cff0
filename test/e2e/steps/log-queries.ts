import type { LedgerJob } from '../../support/ledger-reader.js';
import { outcomeOf } from '../../support/ledger-reader.js';
import { ask } from '../read/ask.js';
import type { LokiStream } from '../read/loki.js';
import { recordsOf } from '../read/loki.js';
import type { Backends } from '../read/received.js';
import type { RunKey } from '../read/run.js';
import type { Played } from '../subjects/job-queue.js';

const TRACES = 25;
const MOST = 1000;

interface Vector {
  readonly data: { readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** Asks Loki as an operator does: how many records by event name, and what belongs to a trace. */
export async function compareLogQueries({ loki }: Backends, { key, ledger }: Played): Promise<string[]> {
  return [...(await compareEventNames(loki, key, ledger)), ...(await compareTraces(loki, key, ledger))];
}

async function compareEventNames(loki: string, key: RunKey, ledger: readonly LedgerJob[]): Promise<string[]> {
  const seconds = Math.ceil((key.toMillis - key.fromMillis) / 1000);
  const query = `sum by (event_name) (count_over_time(${recordsOf(key)} | event_name=~"job[.].+" [${seconds}s]))`;
  const time = `${key.toMillis}000000`;
  const { data } = await ask<Vector>(`${loki}/loki/api/v1/query`, { query, time });
  const found = new Map(data.result.map(({ metric, value }) => [metric.event_name, Number(value[1])]));
  return Object.entries(eventCounts(ledger)).flatMap(([name, wanted]) => {
    const n = found.get(name) ?? 0;
    return n === wanted ? [] : [`Loki counts ${n} records by the event name ${name}, not ${wanted}`];
  });
}

function eventCounts(ledger: readonly LedgerJob[]): Record<string, number> {
  const accepted = ledger.filter((job) => job.accepted !== undefined);
  const attempts = ledger.flatMap((job) => job.attempts);
  const completed = accepted.filter((job) => outcomeOf(job).kind === 'completed').length;
  return {
    'job.queued': accepted.length,
    'job.rejected': ledger.length - accepted.length,
    'job.started': attempts.length,
    'job.failed': attempts.filter(({ end }) => end?.fact === 'threw' || end?.fact === 'timed_out').length,
    'job.completed': completed,
    'job.abandoned': accepted.length - completed,
  };
}

/** The traces of those jobs that were tried most often, each asked for by its id: the same records as by the jobs' ids. */
async function compareTraces(loki: string, key: RunKey, ledger: readonly LedgerJob[]): Promise<string[]> {
  const jobs = [...ledger].sort((a, b) => b.attempts.length - a.attempts.length).slice(0, TRACES);
  const mismatches: string[] = [];
  for (const { id } of jobs) {
    const ofJob = await records(loki, key, `job_id="${id}"`);
    const traces = new Set(ofJob.map(({ trace }) => trace));
    const ofTraces: LokiRecord[] = [];
    for (const trace of traces) ofTraces.push(...(await records(loki, key, `trace_id="${trace}"`)));
    const [wanted, found] = [ofJob, ofTraces].map((list) => list.map(({ text }) => text).sort());
    if (ofJob.length === 0) mismatches.push(`Loki finds nothing by the job id ${id}`);
    if (JSON.stringify(wanted) !== JSON.stringify(found))
      mismatches.push(
        `Loki finds ${found?.length} records by the traces of ${id}, and ${wanted?.length} by its id`,
      );
  }
  return mismatches;
}

interface LokiRecord {
  readonly trace: string | undefined;
  readonly text: string;
}

async function records(loki: string, key: RunKey, filter: string): Promise<LokiRecord[]> {
  const { data } = await ask<{ data: { result: LokiStream[] } }>(`${loki}/loki/api/v1/query_range`, {
    query: `${recordsOf(key)} | ${filter}`,
    start: `${key.fromMillis}000000`,
    end: `${key.toMillis}000000`,
    limit: String(MOST),
  });
  return data.result.flatMap(({ stream, values }) =>
    values.map(([time]) => ({ trace: stream.trace_id, text: `${time} ${stream.event_name}` })),
  );
}
