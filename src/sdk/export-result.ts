/** What became of one export. */
export type Verdict =
  | {
      readonly outcome: 'delivered' /** Items that the endpoint did not take all the same. */;
      readonly rejected: number;
    }
  | {
      /** `refused`: the endpoint will never take it as it is. */
      readonly outcome: 'refused';
      readonly error: unknown;
      /** It is too large, and nothing else is wrong with it. */
      readonly tooLarge: boolean;
    }
  | { readonly outcome: 'failed'; readonly error: unknown };

/** What an exporter's answer says. Never throws. */
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

/** What an error says that an exporter gave, threw or rejected with. Never throws. */
export function failure(error: unknown): Verdict {
  const refusal = refusalOf(error);
  return refusal
    ? { outcome: 'refused', error, tooLarge: refusal === 'too large' }
    : { outcome: 'failed', error };
}

/**
 * What the endpoint will not take another time either: the HTTP status of OTLPExporterError and its like, or the code of a gRPC
 * ServiceError. That it lacks leave (401, 403) or is not there (404) says nothing of what it was sent.
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

// Codes of gRPC, all below any HTTP status.
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;

// A quota that is used up has the same code, and may be free again later.
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

// What a server in Go answers where it can not read a message: an id of the wrong length, say.
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

// As OTLP names it; its JSON has 64-bit numbers as text.
function rejectedOf(partialSuccess: unknown): number {
  if (typeof partialSuccess !== 'object' || partialSuccess === null) return 0;
  for (const name of REJECTED) {
    const given = (partialSuccess as Record<string, unknown>)[name];
    const rejected = typeof given === 'number' ? given : typeof given === 'string' ? Number(given) : 0;
    if (Number.isSafeInteger(rejected) && rejected > 0) return rejected;
  }
  return 0;
}
