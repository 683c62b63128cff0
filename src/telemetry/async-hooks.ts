/** The parts of Node's AsyncLocalStorage that we use. */
export interface Storage<S> {
  run<T>(store: S, fn: () => T): T;
  getStore(): S | undefined;
}

/** The parts of `node:async_hooks` that we use. */
export interface AsyncHooks {
  readonly AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot?(): <T>(fn: () => T) => T;
  };
  readonly AsyncResource?: new (type: string) => { runInAsyncScope<T>(fn: () => T): T };
}

/** Uses `getBuiltinModule` instead of an import: the core also runs outside Node, and in versions of Node without that function. */
export function asyncHooks(): AsyncHooks | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): AsyncHooks | undefined } };
  try {
    return process?.getBuiltinModule?.('node:async_hooks');
  } catch {
    return undefined;
  }
}
