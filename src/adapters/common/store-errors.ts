/** What is reported of something thrown, as far as it can be read. */
export interface Thrown {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
}

export function thrownParts(error: unknown): Thrown {
  const name = partOf(error, 'name');
  const message = partOf(error, 'message');
  return {
    name: typeof name === 'string' ? name : 'Error',
    code: partOf(error, 'code'),
    message: typeof message === 'string' ? message : '',
  };
}

/** What node-postgres says of its connections without a code. Nothing of it is the app's. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
]);

/** Whether an error is known to be of a connection by its whole sentence: it may be reported as it is. */
export function isOfConnection(error: unknown): boolean {
  return OF_CONNECTIONS.has(thrownParts(error).message);
}

/** What an engine or its store threw, without the message: that may hold what was sent. */
class StoreError extends Error {
  readonly code: string | undefined;

  constructor(engine: string, name: string, code: string | undefined) {
    super(`${engine} threw: ${code ?? name}`);
    this.name = name;
    this.code = code;
    // This class created the error, so the stack of this place says nothing.
    this.stack = `${name}: ${this.message}`;
  }
}

/** An error of an engine as it may be reported where its text may not. */
export function withoutText(engine: string, error: unknown): Error {
  const { name, code } = thrownParts(error);
  return new StoreError(engine, name, typeof code === 'string' ? code : undefined);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function partOf(error: unknown, key: 'name' | 'code' | 'message' | 'cause'): unknown {
  try {
    return (error as { readonly [K in typeof key]?: unknown } | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
