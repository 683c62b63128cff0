import type { Carrier } from '../../jobs/index.js';

/** The key of our own note in a job's `opts.telemetry.metadata`, beside the W3C ones that every propagator reads. */
const NOTE = 'signalbox';
const LONGEST = 16_384;

/** What travels in a job's `opts.telemetry.metadata`: JSON of the carrier, as bullmq-otel writes it, and a note of ours. */
export interface Metadata {
  readonly carrier: Carrier | undefined;
  /** Written by us: it may be written anew where the options of one job are used for another. */
  readonly ours: boolean;
  /** The job has children: when it could first have run is when the last of them had ended. */
  readonly waitsForChildren: boolean;
  /** Epoch milliseconds: when it was added, where its `timestamp` is the app's own and says something else. */
  readonly enqueuedAt: number | undefined;
}

const NONE: Metadata = { carrier: undefined, ours: false, waitsForChildren: false, enqueuedAt: undefined };

/** What is noted of a job that is added. */
export interface Noted {
  readonly waitsForChildren: boolean;
  /** Distinguishes this job from one that had the same id already. */
  readonly unique?: string | undefined;
  /** Epoch milliseconds: when it is added. */
  readonly at?: number | undefined;
}

/** Words of the note, after its kind: versions before this one read the kind alone. */
const AT = /(?:^| )at=(\d{1,15})(?: |$)/;

export function writeMetadata(carrier: Carrier, { waitsForChildren, unique, at }: Noted): string {
  let note = waitsForChildren ? 'parent' : 'job';
  if (unique !== undefined) note += ` ${unique}`;
  if (at !== undefined) note += ` at=${Math.round(at)}`;
  // Of a key that comes twice the last counts. Nothing in a note is escaped.
  const written = JSON.stringify(carrier);
  return `${written === '{}' ? '{' : `${written.slice(0, -1)},`}"${NOTE}":"${note}"}`;
}

export function readMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== 'string' || metadata.length > LONGEST) return NONE;
  try {
    const read: unknown = JSON.parse(metadata);
    if (typeof read !== 'object' || read === null) return NONE;
    const carrier: Record<string, string> = {};
    let note: string | undefined;
    let isEmpty = true;
    for (const key in read) {
      const value = (read as Record<string, unknown>)[key];
      if (typeof value !== 'string') continue;
      if (key === NOTE) note = value;
      else {
        carrier[key] = value;
        isEmpty = false;
      }
    }
    return {
      carrier: isEmpty ? undefined : carrier,
      ours: note !== undefined,
      waitsForChildren: note?.startsWith('parent') ?? false,
      enqueuedAt: enqueuedAtOf(note),
    };
  } catch {
    // Another telemetry's own format.
    return NONE;
  }
}

function enqueuedAtOf(note: string | undefined): number | undefined {
  const at = note === undefined ? undefined : AT.exec(note)?.[1];
  return at === undefined ? undefined : Number(at);
}
