/** What the measurement has: every type exists in every queue, and in every process. */
export interface Matrix {
  readonly queues: number;
  readonly types: number;
  readonly processes: number;
}

export const WHOLE: Matrix = { queues: 200, types: 20, processes: 3 };

/** Names as long as those of real apps. */
export function queueNames({ queues }: Pick<Matrix, 'queues'>): string[] {
  return Array.from(
    { length: queues },
    (_, i) => `${GROUPS[i % GROUPS.length]}.queue-${String(i).padStart(3, '0')}`,
  );
}

export function typeNames({ types }: Pick<Matrix, 'types'>): string[] {
  return Array.from({ length: types }, (_, i) => `send-receipt-${String(i).padStart(2, '0')}`);
}

/** Prefixes that queues are told apart by. */
export const GROUPS = ['billing', 'mail', 'media', 'search', 'sync'] as const;
