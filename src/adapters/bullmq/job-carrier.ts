import type { Carrier } from '../../jobs/index.js';

/** The key of signalbox's note in a job's `opts.telemetry.metadata`, beside the W3C keys that every propagator reads. */
const NOTE = 'signalbox';
const LONGEST = 16_384;

/** What travels in a job's `opts.telemetry.metadata`: JSON of the carrier, as bullmq-otel writes it, and signalbox's note. */
export interface Metadata {
  readonly carrier: Carrier | undefined;
  /** signalbox wrote it. It may write it anew if the app uses the options of one job for another. */
  readonly ours: boolean;
  /** The job has children. It could first run when the last of them had ended. */
  readonly waitsForChildren: boolean;
  /** Epoch milliseconds: when the app added the job, if the app itself set the job's `timestamp`. */
  readonly enqueuedAt: number | undefined;
}

const NONE: Metadata = { carrier: undefined, ours: false, waitsForChildren: false, enqueuedAt: undefined };

/** What signalbox notes of an added job. */
export interface Noted {
  readonly waitsForChildren: boolean;
  /** Tells this job from one that had the same id already. */
  readonly unique?: string | undefined;
  /** Epoch milliseconds: when the app adds the job. */
  readonly at?: number | undefined;
}

/** A word of the note after its kind. Earlier versions read only the kind. */
const AT = /(?:^| )at=(\d{1,15})(?: |$)/;

export function writeMetadata(carrier: Carrier, { waitsForChildren, unique, at }: Noted): string {
  let note = waitsForChildren ? 'parent' : 'job';
  if (unique !== undefined) note += ` ${unique}`;
  if (at !== undefined) note += ` at=${Math.round(at)}`;
  // The note comes last, because the last of two equal keys counts. Nothing in a note needs an escape.
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
    // Another telemetry has a format of its own.
    return NONE;
  }
}

function enqueuedAtOf(note: string | undefined): number | undefined {
  const at = note === undefined ? undefined : AT.exec(note)?.[1];
  return at === undefined ? undefined : Number(at);
}
