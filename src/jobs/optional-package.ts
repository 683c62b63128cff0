interface NodeModule {
  createRequire(here: string): (name: string) => unknown;
}

/**
 * A package that the app may have, by Node's `require`, also from an ES module: at once, and only where it is needed. Throws where it is not there.
 */
export function optionalPackage(name: string): unknown {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeModule | undefined } };
  const found = process?.getBuiltinModule?.('node:module');
  if (!found) throw new Error('this runtime has no node:module');
  return found.createRequire(typeof __filename === 'string' ? __filename : import.meta.url)(name);
}
