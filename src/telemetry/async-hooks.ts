/** What is needed of Node's AsyncLocalStorage. */
export interface Storage<S> {
  run<T>(store: S, fn: () => T): T;
  getStore(): S | undefined;
}

/** What is needed of `node:async_hooks`. */
export interface AsyncHooks {
  readonly AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot?(): <T>(fn: () => T) => T;
  };
  readonly AsyncResource?: new (type: string) => { runInAsyncScope<T>(fn: () => T): T };
}

/** Asked for and not imported: the core runs where there is no Node, and in one that is too old for the question. */
export function asyncHooks(): AsyncHooks | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): AsyncHooks | undefined } };
  try {
    return process?.getBuiltinModule?.('node:async_hooks');
  } catch {
    return undefined;
  }
}
