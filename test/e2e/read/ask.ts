const PATIENCE_MILLIS = 30_000;

/** Asks an HTTP API for JSON. Rejects with the address and what was answered instead. */
export async function ask<T>(url: string, search: Readonly<Record<string, string>> = {}): Promise<T> {
  const whole = `${url}?${new URLSearchParams(search)}`;
  let response: Response;
  try {
    response = await fetch(whole, { signal: AbortSignal.timeout(PATIENCE_MILLIS) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error.message) : error;
    throw new Error(`${url} does not answer: ${String(cause)}`);
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${whole} answers ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
