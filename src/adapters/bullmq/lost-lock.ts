import { partsOf } from './outcome.js';

/** BullMQ's error codes for a job that the worker no longer holds, and the text of each before the command's name. */
const TAKEN: Readonly<Record<number, (id: string) => string>> = {
  [-1]: (id) => `Missing key for job ${id}. `,
  [-2]: (id) => `Missing lock for job ${id}. `,
  [-3]: (id) => `Job ${id} is not in the active state. `,
  [-6]: (id) => `Lock mismatch for job ${id}. Cmd `,
};

/** A command is the name of a method of BullMQ, in one case with the state that it moves from. */
const COMMAND = /^[A-Za-z]+(?: from [a-z-]+)?$/;

/** Whether a worker's error means that the worker no longer holds this job. */
export function meansTaken(error: unknown, jobId: string): boolean {
  const { code, message } = partsOf(error);
  const saying = typeof code === 'number' && Object.hasOwn(TAKEN, code) ? TAKEN[code]?.(jobId) : undefined;
  if (saying === undefined || typeof message !== 'string' || !message.startsWith(saying)) return false;
  return COMMAND.test(message.slice(saying.length));
}
