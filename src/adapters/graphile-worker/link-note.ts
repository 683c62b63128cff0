import type { Carrier, PreviousAttempt } from '../../jobs/index.js';

const PATTERN = /\n\[signalbox (\d{1,5}) (\{[^\n]{0,2000}\})\]$/;

/** The end of an error message that carries the context of the failed attempt. */
export function suffixOf(attempt: number, carrier: Carrier): string | undefined {
  // A link needs the span's context alone; baggage has no business in an error message.
  const { baggage: _, ...context } = carrier;
  return Object.keys(context).length === 0
    ? undefined
    : `\n[signalbox ${attempt} ${JSON.stringify(context)}]`;
}

/** The attempt whose context a job's last error carries. */
export function previousAttemptOf(lastError: unknown): PreviousAttempt | undefined {
  const found = typeof lastError === 'string' ? PATTERN.exec(lastError) : null;
  if (!found) return undefined;
  try {
    return { number: Number(found[1]), carrier: JSON.parse(found[2] ?? '') as Carrier };
  } catch {
    return undefined;
  }
}

/** Puts a suffix on an error's message until the returned function is called. */
export function mark(error: unknown, suffix: string): () => void {
  if (!(error instanceof Error) || typeof error.message !== 'string') return () => undefined;
  error.message += suffix;
  return () => {
    error.message = error.message.replace(suffix, '');
  };
}
