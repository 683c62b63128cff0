const ATTEMPTS = Symbol.for('signalbox.attempts-here.1');

/** The attempt that a job is in. */
export interface AttemptHere {
  /** What the engine handed out of its job, where that is known: a job elsewhere may have the same id. */
  readonly handed: object | undefined;
  /** Runs something in its context. */
  within<T>(fn: () => T): T;
}

/** The attempts at an engine's jobs that one observer here knows. */
export interface AttemptsHere {
  find(job: object): AttemptHere | undefined;
  /** When the attempt at a job that was handed out has begun, be it as it may; undefined where that is not waited for. */
  begun?(job: object): Promise<unknown> | undefined;
}

function listed(engine: string): Set<WeakRef<AttemptsHere>> {
  const holder = globalThis as { [ATTEMPTS]?: Map<string, Set<WeakRef<AttemptsHere>>> };
  holder[ATTEMPTS] ??= new Map();
  const found = holder[ATTEMPTS].get(engine) ?? new Set();
  holder[ATTEMPTS].set(engine, found);
  return found;
}

/**
 * Lists an observer's attempts, so that code that has a job finds its attempt, whichever box, form or copy of the package observes it. The list
 * keeps nothing alive: an entry stays as long as the observer holds it.
 */
export function listAttempts(engine: string, attempts: AttemptsHere): void {
  const refs = listed(engine);
  for (const ref of refs) if (!ref.deref()) refs.delete(ref);
  refs.add(new WeakRef(attempts));
}

/** The attempt that a job is in, whoever here observes it; undefined where it is in none. */
export function attemptAt(engine: string, job: unknown): AttemptHere | undefined {
  const found = ask(engine, job, (attempts, of) => attempts.find(of));
  return found.find(({ handed }) => handed === job) ?? found[0];
}

/** When the attempt at a job has begun; undefined where there is nothing to wait for. */
export function attemptBegun(engine: string, job: unknown): Promise<unknown> | undefined {
  const begun = ask(engine, job, (attempts, of) => attempts.begun?.(of));
  return begun.length === 0 ? undefined : Promise.allSettled(begun);
}

function ask<T>(
  engine: string,
  job: unknown,
  question: (attempts: AttemptsHere, job: object) => T | undefined,
): T[] {
  if (typeof job !== 'object' || job === null) return [];
  const refs = listed(engine);
  return [...refs].flatMap((ref) => {
    const attempts = ref.deref();
    if (!attempts) {
      refs.delete(ref);
      return [];
    }
    try {
      return question(attempts, job) ?? [];
    } catch {
      // A job that throws on being read has no attempt that anyone here knows.
      return [];
    }
  });
}
