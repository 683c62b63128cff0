import type { Signalbox } from 'signalbox';
import type { QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import type { Matrix } from './matrix.js';
import { queueNames, typeNames } from './matrix.js';

/** Queues whose jobs have everything that an instrument can be fed with. */
export interface Filler {
  /**
   * Of each type and queue one job comes to its good end; one fails, is tried again and is abandoned; one is refused. After the first
   * round, which makes every series there is, a tenth of the types have jobs each time: what is exported is the same.
   */
  round(): void;
}

class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

const DECLINED = new CardDeclined('the card was declined');
const RETRY = { retry: true, delayMillis: 1000 } as const;
const OVER = { retry: false, reason: 'max_attempts' } as const;

/** The queues of one process, each with a worker, and a monitor where the process owns them; `listed`: types that may be labels. */
export function createFiller(box: Signalbox, matrix: Matrix, owner: boolean, listed = matrix.types): Filler {
  const jobs = createJobs(box, { relation: 'none' });
  const types = typeNames(matrix);
  const queues = queueNames(matrix).map((name) => {
    const queue = jobs.queue(name, {
      ...(listed > 0 ? { types: types.slice(0, listed) } : {}),
      capacity: 1000,
    });
    const worker = queue.worker('worker-1');
    worker.started();
    if (owner)
      queue.monitor({
        depth: () => ({ waiting: 3, delayed: 1, active: 1, blocked: 0, paused: 0 }),
        oldestAgeMillis: () => 1500,
      });
    return queue;
  });
  let number = 0;
  return {
    round: () => {
      number++;
      for (const queue of queues)
        for (const [i, type] of types.entries())
          if (number === 1 || i % 10 === number % 10) playAll(queue, type, number);
    },
  };
}

function playAll(queue: QueueTelemetry, type: string, number: number): void {
  const now = queue.now();
  // Spread over the buckets, so that percentiles differ.
  const took = 5 + ((number * 37 + type.length * 11) % 400);
  const firstRunnableAt = now - took - 900;

  const good = { id: `good-${number}`, type };
  queue.enqueue(good).accepted();
  const attempt = queue.attempt({
    ...{ job: good, number: 1, worker: 'worker-1', firstRunnableAt },
    ...{ runnableAt: now - took - 300, startedAt: now - took },
  });
  attempt.completed({ endedAt: now });

  const bad = { id: `bad-${number}`, type, maxAttempts: 2 };
  queue.enqueue(bad).accepted();
  for (const one of [1, 2]) {
    const failing = queue.attempt({
      ...{ job: bad, number: one, worker: 'worker-1', firstRunnableAt },
      ...{ runnableAt: now - took - 200, startedAt: now - took },
    });
    failing.failed(DECLINED, one === 1 ? RETRY : OVER, { endedAt: now });
  }

  queue.enqueue({ id: `refused-${number}`, type }).rejected('queue_full');
}
