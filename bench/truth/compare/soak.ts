import type { Totals } from '../subjects/noted.js';
import type { SoakEnd } from '../subjects/soak-end.js';

export interface SoakEvidence {
  readonly end: SoakEnd;
  /** In Prometheus. */
  readonly totals: Totals;
  /** Records that came to Loki's address, by event name. */
  readonly records: Readonly<Record<string, number>>;
}

/** A soak loses nothing: Prometheus, the records and `stats()` say what its own code counted. */
export function compareSoak({ end, totals, records }: SoakEvidence): string[] {
  const { accepted, returned, threw, retries, abandoned, refused } = end.ledger;
  const mismatches: string[] = [];
  const claim = (what: string, told: number, wanted: number): void => {
    if (told !== wanted) mismatches.push(`${what}: ${told}, and by the ledger ${wanted}`);
  };
  claim('refused jobs', refused, 0);
  claim('ends', returned + abandoned, accepted);
  const wanted: Readonly<Record<string, number>> = {
    'job.enqueued': accepted,
    'job.retries': retries,
    'job.ended completed': returned,
    'job.ended abandoned': abandoned,
    'messaging.process.duration': returned + threw,
  };
  for (const [name, n] of Object.entries(wanted)) claim(`${name} in Prometheus`, totals[name] ?? 0, n);
  const ofRecords: Readonly<Record<string, number>> = {
    'job.queued': accepted,
    'job.started': returned + threw,
    'job.completed': returned,
    'job.failed': threw,
    'job.retrying': retries,
    'job.abandoned': abandoned,
  };
  for (const [name, n] of Object.entries(ofRecords)) claim(`records ${name}`, records[name] ?? 0, n);
  const spans = end.stats.destinations.collector?.channels.spans;
  claim('spans that stats() calls delivered', spans?.delivered ?? 0, accepted + returned + threw);
  for (const [name, { channels }] of Object.entries(end.stats.destinations))
    for (const [channel, counts] of Object.entries(channels)) {
      // Points are cumulative: the next export makes up for one that failed, and Prometheus has what counts.
      if (channel === 'metrics') continue;
      const dropped = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
      claim(
        `${channel} for ${name} that failed, were dropped or wait`,
        counts.failed + dropped + counts.queued,
        0,
      );
    }
  return mismatches;
}
