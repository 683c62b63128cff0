import type { RejectReason } from '../../jobs/job.js';

/** Why a send was refused: pg-boss asserts what it is given, all else is the database's trouble. */
export function reasonOf(error: unknown): RejectReason {
  return codeOf(error) === 'ERR_ASSERTION' ? 'invalid' : 'error';
}

/** What the database or its adapter threw, without the message: adapters put the statement and its values into it. */
class StoreError extends Error {
  readonly code: string | undefined;

  constructor(name: string, code: string | undefined) {
    super(`pg-boss threw: ${code ?? name}`);
    this.name = name;
    this.code = code;
    // It was made here, and that says nothing.
    this.stack = `${name}: ${this.message}`;
  }
}

/** What pg-boss threw as it may be told: its own words are, all others are not. */
export function withoutText(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'ERR_ASSERTION' || code?.startsWith('PGBOSS_')) return error;
  return new StoreError(nameOf(error), code);
}

function codeOf(error: unknown): string | undefined {
  return textIn(error, 'code');
}

function nameOf(error: unknown): string {
  return textIn(error, 'name') ?? 'Error';
}

function textIn(error: unknown, key: 'code' | 'name'): string | undefined {
  try {
    const value = (error as { readonly [K in typeof key]?: unknown } | null | undefined)?.[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
