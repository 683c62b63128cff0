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
}

const NONE: Metadata = { carrier: undefined, ours: false, waitsForChildren: false };

/** `unique` tells this job from one that had the same id already. */
export function writeMetadata(
  carrier: Carrier,
  note: { readonly waitsForChildren: boolean; readonly unique?: string | undefined },
): string {
  const kind = note.waitsForChildren ? 'parent' : 'job';
  return JSON.stringify({
    ...carrier,
    [NOTE]: note.unique === undefined ? kind : `${kind} ${note.unique}`,
  });
}

export function readMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== 'string' || metadata.length > LONGEST) return NONE;
  try {
    const read: unknown = JSON.parse(metadata);
    if (typeof read !== 'object' || read === null) return NONE;
    const carrier: Record<string, string> = {};
    let note: string | undefined;
    let isEmpty = true;
    for (const [key, value] of Object.entries(read)) {
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
    };
  } catch {
    // Another telemetry's own format.
    return NONE;
  }
}
