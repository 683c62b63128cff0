import { inject } from 'vitest';

/** The package as users get it. */
export interface Packed {
  /** Of the repository. */
  readonly root: string;
  /** Where tests may put files. */
  readonly work: string;
  readonly tarball: string;
  /** The tarball's contents. */
  readonly folder: string;
  /** Paths of the tarball's files, relative to the folder. */
  readonly files: readonly string[];
}

declare module 'vitest' {
  export interface ProvidedContext {
    packed: Packed;
  }
}

export function packed(): Packed {
  return inject('packed');
}
