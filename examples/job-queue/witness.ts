import type { Ledger } from './ledger.js';
import type { JobCall, Processor } from './queue/index.js';

/** The same processor, its attempts written to the ledger: the handler's own view, whatever the queue makes of it. */
export function witness(processor: Processor, ledger: Ledger): Processor {
  return {
    type: processor.type,
    async process(job: JobCall) {
      const { attempt, worker, runnableAt } = job;
      let over = false;
      const timedOut = (): void => {
        if (job.signal.reason?.name !== 'TimeoutError') return;
        over = true;
        ledger.write(job, { fact: 'timed_out', attempt });
      };
      ledger.write(job, { fact: 'began', attempt, worker, runnable_at: runnableAt });
      job.signal.addEventListener('abort', timedOut, { once: true });
      try {
        await processor.process(job);
        // What a handler does after its time limit is no fact of the attempt.
        if (!over) ledger.write(job, { fact: 'returned', attempt });
      } catch (error) {
        if (!over) ledger.write(job, { fact: 'threw', attempt, error: messageOf(error) });
        throw error;
      } finally {
        job.signal.removeEventListener('abort', timedOut);
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
