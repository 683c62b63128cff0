// The process of one row: takes its figures, hands them to the command, and ends.
import { loadRow } from '../rows/all.js';
import type { Order } from './order.js';

// Alive while the command is, also where a row waits for nothing but a timer that would let the process end; and no longer.
process.once('disconnect', () => process.exit(1));

const { id, what, options } = JSON.parse(process.argv[2] ?? '') as Order;
const row = await loadRow(id);
const ANSWERS = {
  measure: () => row.measure?.(options),
  time: () => row.timed?.time(options),
  allocated: () => row.allocated?.(),
};
const answer = await ANSWERS[what]();
process.send?.(answer ?? null, () => process.exit(0));
