/** How an engine is observed: each object given to its adapter, by observed classes, or by an instrumentation of the module. */
export type Form = 'wrapper' | 'class' | 'instrumentation';

export const FORMS: readonly Form[] = ['wrapper', 'class', 'instrumentation'];

/** A release of an engine other than the repository's own: the name of a folder of test/engines/lines. */
export type Line = `${'bullmq' | 'pg-boss' | 'graphile-worker'}-${string}`;
