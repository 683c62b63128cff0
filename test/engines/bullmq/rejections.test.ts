import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { Rig, SECRET } from './rig.js';

const rig = new Rig();
const unhandled = vi.fn();
/** BullMQ refuses it before Redis is asked. */
const REFUSED = { priority: 0.5 };

type Add = Queue<Mail>['add'];

/** Two turns of the event loop: Node tells of unhandled rejections at the end of the first. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a rejection that nobody awaits', () => {
  let others: NodeJS.UnhandledRejectionListener[] = [];

  beforeEach(() => {
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', unhandled);
    unhandled.mockClear();
  });
  afterEach(() => {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  });

  test.each([
    ['add()', (queue: Queue<Mail>) => queue.add('welcome', SECRET, REFUSED)],
    ['addBulk()', (queue: Queue<Mail>) => queue.addBulk([{ name: 'welcome', data: SECRET, opts: REFUSED }])],
  ])('%s of BullMQ - the process hears of it, once', async (_, add) => {
    const queue = rig.queue();
    void add(queue);
    await rig.told('job.rejected');
    await settled();
    expect(unhandled).toHaveBeenCalledTimes(1);
  });

  test('an async override - the process hears of it, once', async () => {
    class Awaiting extends Queue<Mail> {
      override add = (async (...args: Parameters<Add>) => await Queue.prototype.add.apply(this, args)) as Add;
    }
    const queue = new Awaiting(rig.name, { connection: rig.connection });
    rig.later(() => queue.close());
    void rig.jobs.queue(queue).add('welcome', SECRET, REFUSED);
    await rig.told('job.rejected');
    await settled();
    expect(unhandled).toHaveBeenCalledTimes(1);
  });

  test('an override that handles it - the process hears nothing', async () => {
    const log = vi.fn();
    class Logging extends Queue<Mail> {
      override add(...args: Parameters<Add>): ReturnType<Add> {
        const adding = super.add(...args);
        adding.catch(log);
        return adding;
      }
    }
    const queue = new Logging(rig.name, { connection: rig.connection });
    rig.later(() => queue.close());
    void rig.jobs.queue(queue).add('welcome', SECRET, REFUSED);
    await rig.told('job.rejected');
    await settled();
    expect(log).toHaveBeenCalledTimes(1);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
