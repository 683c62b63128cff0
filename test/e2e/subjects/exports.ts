import type { ReceivedLog } from '../../support/otlp-model.js';

export type Channel = 'spans' | 'logs';

/** One line of the file that `note-exports.ts` writes: a call of an exporter, and later what it answered. */
export interface NotedExport {
  readonly call: number;
  readonly channel: Channel;
  /** Span ids, or {@link logId}s. Only where the call began. */
  readonly ids: readonly string[];
  readonly outcome: 'began' | 'delivered' | 'failed';
}

/** What tells a log record from all others: of one name on one span there are no two at a time. */
export function logId({
  time,
  eventName,
  spanId,
}: Pick<ReceivedLog, 'time' | 'eventName' | 'spanId'>): string {
  return [time, eventName, spanId].join(' ');
}

/** What became of what the exporters were given, by id. */
export interface ExportedIds {
  readonly given: ReadonlySet<string>;
  /** Those of which a call was answered with success. */
  readonly delivered: ReadonlySet<string>;
  readonly calls: { readonly delivered: number; readonly failed: number };
}

/** Reads the notes on one channel. A last line that is not yet whole is left out. */
export function readExports(text: string, channel: Channel): ExportedIds {
  const began = new Map<number, readonly string[]>();
  const given = new Set<string>();
  const delivered = new Set<string>();
  const calls = { delivered: 0, failed: 0 };
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const line of whole.split('\n').filter(Boolean)) {
    const noted = JSON.parse(line) as NotedExport;
    if (noted.channel !== channel) continue;
    if (noted.outcome === 'began') {
      began.set(noted.call, noted.ids);
      for (const id of noted.ids) given.add(id);
      continue;
    }
    calls[noted.outcome] += 1;
    if (noted.outcome === 'delivered') for (const id of began.get(noted.call) ?? []) delivered.add(id);
  }
  return { given, delivered, calls };
}
