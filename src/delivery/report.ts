const API = Symbol.for('opentelemetry.js.api.1');

interface DiagLogger {
  warn?(message: string, ...args: unknown[]): void;
  error?(message: string, ...args: unknown[]): void;
}

/** Tells a trouble through OTel's `diag`: at once the first time, then at most once a minute for each key, with a count. */
export type Report = (key: string, message: string, error?: unknown) => void;

const QUIET_MILLIS = 60_000;
const KEYS = 256;

export function createReport(): Report {
  const seen = new Map<string, { at: number; held: number }>();
  return (key, message, error) => {
    try {
      const now = performance.now();
      let entry = seen.get(key);
      if (entry && now - entry.at < QUIET_MILLIS) {
        entry.held++;
        return;
      }
      const held = entry?.held ?? 0;
      if (!entry) {
        if (seen.size >= KEYS) seen.clear();
        entry = { at: now, held: 0 };
        seen.set(key, entry);
      }
      entry.at = now;
      entry.held = 0;
      const diag = (globalThis as { [API]?: { diag?: DiagLogger } })[API]?.diag;
      diag?.warn?.(
        `signalbox: ${message}${held ? ` (${held} more like it since)` : ''}${describeCause(error)}`,
      );
    } catch {
      // A throwing diag logger is nothing the app should see, and there is nowhere else to tell it.
    }
  };
}

/** A caught value for a message: hostile ones throw on `${e}` and even on `instanceof`. */
function describeCause(error: unknown): string {
  if (error === undefined) return '';
  try {
    const e = error as { name?: unknown; message?: unknown };
    if (typeof e === 'object' && e !== null && typeof e.message === 'string')
      return `: ${String(e.name)}: ${e.message.slice(0, 300)}`;
    return typeof error === 'string' ? `: ${error.slice(0, 300)}` : '';
  } catch {
    return ': an unreadable error';
  }
}
