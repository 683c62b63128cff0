/** The outcome of one export. */
export type Verdict =
  | {
      readonly outcome: 'delivered';
      /** Items that the endpoint refused all the same: a partial success. */
      readonly rejected: number;
    }
  | {
      /** `refused`: the endpoint will never take this load. */
      readonly outcome: 'refused';
      readonly error: unknown;
      /** The load is too large. Nothing else is wrong with it. */
      readonly tooLarge: boolean;
    }
  | { readonly outcome: 'failed'; readonly error: unknown };

/** Reads an exporter's answer. Never throws. */
export function verdictOf(result: unknown): Verdict {
  try {
    const { code, error, partialSuccess } = result as {
      code?: unknown;
      error?: unknown;
      partialSuccess?: unknown;
    };
    if (code === 0) return { outcome: 'delivered', rejected: rejectedOf(partialSuccess) };
    return failure(error ?? new Error(`the exporter answered code ${String(code)}`));
  } catch (error) {
    return failure(error ?? new Error('the exporter answered something unreadable'));
  }
}

/** Reads an error that an exporter gave, threw or rejected with. Never throws. */
export function failure(error: unknown): Verdict {
  const refusal = refusalOf(error);
  return refusal
    ? { outcome: 'refused', error, tooLarge: refusal === 'too large' }
    : { outcome: 'failed', error };
}

/**
 * Whether the endpoint would refuse the same load again, by the HTTP status of OTLPExporterError and its like, or by the code of a
 * gRPC ServiceError. A missing permission (401, 403) or endpoint (404) says nothing about the load.
 */
function refusalOf(error: unknown): 'invalid' | 'too large' | undefined {
  switch (statusOf(error)) {
    case 400:
    case 422:
    case INVALID_ARGUMENT:
      return 'invalid';
    case 413:
      return 'too large';
    case RESOURCE_EXHAUSTED:
      return says(SIZE, error) ? 'too large' : undefined;
    case INTERNAL:
      return says(UNREADABLE, error) ? 'invalid' : undefined;
    default:
      return undefined;
  }
}

// gRPC codes, all below any HTTP status.
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;

// The code also stands for an exhausted quota, which may recover later. The text tells the two apart.
const SIZE = /larger than|too (large|big)|(message|request|payload) (size|length)|maximum size|max size/i;

function statusOf(error: unknown): number | undefined {
  try {
    const { code, status, statusCode, response } = error as Record<string, unknown>;
    const { status: answered, statusCode: coded } = (response ?? {}) as Record<string, unknown>;
    return [code, status, statusCode, answered, coded].find((it) => typeof it === 'number') as
      | number
      | undefined;
  } catch {
    return undefined;
  }
}

// Servers in Go answer this if they can not read a message, for example because an id has the wrong length.
const UNREADABLE = /unmarshal/i;

function says(what: RegExp, error: unknown): boolean {
  try {
    const { message, details } = error as { message?: unknown; details?: unknown };
    return [message, details].some((text) => typeof text === 'string' && what.test(text));
  } catch {
    return false;
  }
}

const REJECTED = ['rejectedLogRecords', 'rejectedSpans', 'rejectedDataPoints'] as const;

// OTLP's names. Its JSON encodes 64-bit numbers as text.
function rejectedOf(partialSuccess: unknown): number {
  if (typeof partialSuccess !== 'object' || partialSuccess === null) return 0;
  for (const name of REJECTED) {
    const given = (partialSuccess as Record<string, unknown>)[name];
    const rejected = typeof given === 'number' ? given : typeof given === 'string' ? Number(given) : 0;
    if (Number.isSafeInteger(rejected) && rejected > 0) return rejected;
  }
  return 0;
}
