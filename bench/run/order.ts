import type { MeasureOptions } from '../rows/row.js';

/** What a process that takes the figures of one row is asked for, and what it answers. */
export interface Order {
  readonly id: string;
  readonly what: 'measure' | 'time' | 'allocated';
  readonly options: MeasureOptions;
}

/**
 * The flags of Node for each kind of process. Times are measured with V8 as it is, but cases that are compared end each turn with a
 * collection. Bytes are counted in a process with a young generation that is not full before the count is over, and in which V8 optimizes a
 * function when it was called often enough, not when a thread finds time: otherwise counts of one program differ by a fifth.
 */
export const FLAGS: Readonly<Record<Order['what'], readonly string[]>> = {
  measure: [],
  time: ['--expose-gc'],
  allocated: [
    '--expose-gc',
    '--min-semi-space-size=128',
    '--no-concurrent-recompilation',
    '--max-semi-space-size=128',
  ],
};
