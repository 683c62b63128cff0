import type { RejectReason } from '../../jobs/index.js';

/** What BullMQ or its store threw, without the message: that may hold what was sent to Redis. */
class EngineError extends Error {
  readonly code: string | undefined;

  constructor(type: string, code: string | undefined) {
    super(`BullMQ threw: ${code ?? type}`);
    this.name = type;
    this.code = code;
    // It was made here, and that says nothing.
    this.stack = `${type}: ${this.message}`;
  }
}

/** An error of BullMQ as it may be told. */
export function withoutText(error: unknown): Error {
  const { name, code } = partsOf(error);
  return new EngineError(name, typeof code === 'string' ? code : undefined);
}

/** Errors that BullMQ and JSON throw before Redis is asked. */
const OWN: ReadonlySet<string> = new Set(['Error', 'TypeError', 'RangeError']);

/** Why BullMQ did not take a job: `invalid` where it says that the job can not be, `error` where its store does not work. */
export function refusalOf(error: unknown): RejectReason {
  const { name, code, message } = partsOf(error);
  // A number is BullMQ's own code: the parent is not there, and the like.
  const isInvalid =
    typeof code === 'number' ||
    (code === undefined && OWN.has(name) && !/^connection is closed/i.test(String(message)));
  return isInvalid ? 'invalid' : 'error';
}

function partsOf(error: unknown): {
  readonly name: string;
  readonly code: unknown;
  readonly message: unknown;
} {
  const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
  return { name: typeof name === 'string' ? name : 'Error', code, message };
}
