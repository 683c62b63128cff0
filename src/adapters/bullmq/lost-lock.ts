import { partsOf } from './outcome.js';

/** Codes of BullMQ for a job that is not the worker's any more, and what it says with each before the command's name. */
const TAKEN: Readonly<Record<number, (id: string) => string>> = {
  [-1]: (id) => `Missing key for job ${id}. `,
  [-2]: (id) => `Missing lock for job ${id}. `,
  [-3]: (id) => `Job ${id} is not in the active state. `,
  [-6]: (id) => `Lock mismatch for job ${id}. Cmd `,
};

/** Commands are names of methods of BullMQ, with the state that they move from in one case. */
const COMMAND = /^[A-Za-z]+(?: from [a-z-]+)?$/;

/** Whether a worker's error means that this job was taken away from it. */
export function meansTaken(error: unknown, jobId: string): boolean {
  const { code, message } = partsOf(error);
  const saying = typeof code === 'number' && Object.hasOwn(TAKEN, code) ? TAKEN[code]?.(jobId) : undefined;
  if (saying === undefined || typeof message !== 'string' || !message.startsWith(saying)) return false;
  return COMMAND.test(message.slice(saying.length));
}
