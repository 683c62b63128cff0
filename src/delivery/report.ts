import type { RedactError } from '../emission/error.js';
import { REDACTED } from '../emission/redact.js';
import { cut } from '../emission/text.js';

const API = Symbol.for('opentelemetry.js.api.1');

interface DiagLogger {
  warn?(message: string, ...args: unknown[]): void;
  error?(message: string, ...args: unknown[]): void;
}

/** Tells a trouble through OTel's `diag`: at once the first time, then at most once a minute for each key, with a count. */
export type Report = (key: string, message: string, error?: unknown) => void;

const QUIET_MILLIS = 60_000;
const KEYS = 256;
const CAUSE_LENGTH = 300;
/** What the hook sees of a cause: more than is told, so that the cut goes through nothing that it was to take out. */
const REDACTED_LENGTH = 16_384;
const NAME = /^[\w.-]{1,64}$/;

/** @param redactError Rewrites what is told of a cause: a sink may throw what it was shown, and `diag` is no route that reveals. */
export function createReport(redactError?: RedactError): Report {
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
        `signalbox: ${message}${held ? ` (${held} more like it since)` : ''}${describeCause(error, redactError)}`,
      );
    } catch {
      // A throwing diag logger is nothing the app should see, and there is nowhere else to tell it.
    }
  };
}

/** A caught value for a message: hostile ones throw on `${e}` and even on `instanceof`. */
function describeCause(error: unknown, redactError: RedactError | undefined): string {
  if (error === undefined) return '';
  try {
    if (typeof error === 'string') return `: ${redacted(error, redactError)}`;
    if (typeof error !== 'object' || error === null) return '';
    const { name, message } = error as { name?: unknown; message?: unknown };
    if (typeof message !== 'string') return '';
    return `: ${typeof name === 'string' && NAME.test(name) ? name : 'Error'}: ${redacted(message, redactError)}`;
  } catch {
    return ': an unreadable error';
  }
}

function redacted(text: string, redactError: RedactError | undefined): string {
  if (!redactError || text === '') return cut(text, CAUSE_LENGTH);
  try {
    const rewritten: unknown = redactError(cut(text, REDACTED_LENGTH), { part: 'message' });
    return typeof rewritten === 'string' ? cut(rewritten, CAUSE_LENGTH) : REDACTED;
  } catch {
    return REDACTED;
  }
}
