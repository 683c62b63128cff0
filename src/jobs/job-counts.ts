import { EndWindow } from './failure-window.js';

/** What this process saw of a queue's jobs. */
export class Tally {
  accepted = 0;
  completed = 0;
  abandoned = 0;
  retries = 0;
  window: EndWindow = new EndWindow(300_000);
  /** Called at each end. */
  onEnd: (() => void) | undefined;

  ended(good: boolean, wanted: boolean): void {
    if (good) this.completed++;
    else this.abandoned++;
    // An end that someone wanted (cancelled, shutdown) says nothing on how well jobs go.
    if (!wanted) this.window.add(good);
    this.onEnd?.();
  }
}
