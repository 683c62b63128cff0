// The process of one fault: plays it, compares the accounts, and says what is left of it. Ends by itself.
import type { Figures } from '../fault.js';
import { ProcessWatch, told } from '../stage/process-watch.js';
import type { Result } from './result.js';

process.once('disconnect', () => process.exit(1));
const watch = new ProcessWatch();
const { findFault } = await import('../groups/index.js');
const { Stage } = await import('../stage/stage.js');

const fault = await findFault(process.argv[2] ?? '');
const stage = new Stage();
const before = watch.open();
let more: Figures | undefined;
try {
  more = (await fault.run(stage)) as Figures | undefined;
} catch (error) {
  stage.complaints.push(`the fault did not come to its end: ${told(error)}`);
}
await stage.close();
// Node tells of a rejection that nobody took when the microtasks are over.
await new Promise((turn) => setImmediate(turn));
const left = await whatIsLeft();
const figures = stage.figures(more);
const result: Result = {
  ...figures,
  exceptions: figures.exceptions + watch.uncaught.length,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
  complaints: [
    ...stage.thrown.slice(0, 3).map((text) => `an exception in the app: ${text}`),
    ...watch.uncaught.slice(0, 3),
    ...stage.complaints,
    ...left.map((text) => `left behind: ${text}`),
  ],
};
process.send?.(result, () => process.exit(0));

/** Handles are closed some turns after they were asked to: waits for that, in bounds. */
async function whatIsLeft(): Promise<string[]> {
  for (let i = 0; ; i++) {
    const left = watch.left(before).filter((text) => !stage.isExcused(text));
    if (left.length === 0 || i === 100) return left;
    await later(10);
  }
}

function later(millis: number): Promise<void> {
  return new Promise((done) => setTimeout(done, millis));
}
