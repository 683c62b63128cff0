import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOtlpEndpoint } from '../../../test/support/otlp-endpoint.js';
import { readOtlp } from '../../../test/support/otlp-model.js';
import type { EngineName } from '../engines/engine.js';
import { engines } from '../engines/index.js';
import type { Fact } from '../facts.js';
import { readNotes } from '../notes.js';
import type { Subject } from '../run/subject.js';
import { startSubject } from '../run/subject.js';
import type { StoreServer } from '../stores/store.js';
import { filesOf } from '../subjects/order.js';
import { compareClock } from './compare.js';
import type { ClockFinding } from './evidence.js';
import { FakeClock } from './faketime.js';

export type ClockEngine = EngineName | 'memory';

/** Seconds that the workers' clock is ahead of the machine's, one after the other. */
const OFFSETS = [0, 3600, 0, -3600, 0, 3600, -3600, 0];
const HOUR_MILLIS = 3_600_000;

export interface ClockOptions {
  readonly engine: ClockEngine;
  /** Jobs a second. */
  readonly rate: number;
  /** Of each offset. */
  readonly stayMillis: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

export interface ClockResult extends ClockFinding {
  readonly jobs: number;
  readonly jumps: number;
  readonly storeVersion: string | undefined;
}

/** Plays jobs while the wall clock of the process that works jumps, and compares what is told with the monotonic clock. */
export async function runClock({
  engine,
  rate,
  stayMillis,
  seed,
  keep,
  say,
}: ClockOptions): Promise<ClockResult> {
  const directory = await mkdtemp(join(tmpdir(), `signalbox-clock-${engine}-`));
  const clock = new FakeClock(join(directory, 'offset'));
  const endpoint = await startOtlpEndpoint();
  const subjects: Subject[] = [];
  let store: StoreServer | undefined;
  try {
    if (engine !== 'memory') {
      store = await engines[engine].startStore();
      await engines[engine].prepare(store.url);
    }
    const order = {
      engine: engine === 'memory' ? ('bullmq' as const) : engine,
      store: store?.url ?? '',
      otlp: endpoint.url,
      directory,
      jobs: Math.ceil((OFFSETS.length * stayMillis * rate) / 1000),
      seed,
      rate,
    };
    const worker = startSubject(
      engine === 'memory' ? 'clock' : 'worker',
      { ...order, name: 'worker' },
      { env: clock.env },
    );
    subjects.push(worker);
    await worker.said('ready');
    if (engine !== 'memory') {
      const producer = startSubject('producer', { ...order, name: 'producer' });
      subjects.push(producer);
      await producer.said('ready');
      producer.tell('go');
    }
    let jumps = -1;
    for (const offset of OFFSETS) {
      clock.set(offset);
      jumps++;
      say(`${engine}: the clock is ${offset} s ahead`);
      await new Promise((resolve) => setTimeout(resolve, stayMillis));
    }
    for (const subject of subjects) await subject.end();
    const facts = subjects.flatMap(({ name }) => readNotes<Fact>(filesOf(directory, name).ledger));
    const received = readOtlp(endpoint.requests);
    const found = compareClock({ facts, received, jumpMillis: 2 * HOUR_MILLIS });
    const jobs = facts.filter(({ fact }) => fact === 'accepted').length;
    const complaints = endpoint.complaints.map((text) => `the receiver was sent ${text}`);
    return {
      ...found,
      mismatches: [...found.mismatches, ...complaints],
      jobs,
      jumps,
      storeVersion: store?.version,
    };
  } finally {
    for (const subject of subjects) await subject.kill();
    await Promise.allSettled([store?.stop(), endpoint.close()]);
    if (keep) say(`what the processes wrote is in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}
