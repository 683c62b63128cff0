import type { Processor } from '../queue/index.js';
import type { Move } from './books.js';
import { Books } from './books.js';
import { Desk } from './desk.js';
import type { Engine, EngineSetup, Workplace } from './engine.js';
import type { Link, LinkSetup, StoredEngine, StoredEngineName, Workers } from './stored-engine.js';
import { loadEngine } from './stored-engine.js';

/** Starts an engine that keeps its jobs in a store, with its workers here or elsewhere. */
export async function startStored(name: StoredEngineName, setup: EngineSetup): Promise<Engine> {
  const { crew } = setup;
  const engine = await loadEngine(name);
  const books = new Books();
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let end = opened.pop(); end !== undefined; end = opened.pop()) await end();
  };

  try {
    const store = await engine.open(typeof crew === 'function');
    opened.push(() => store.stop());
    const link = await engine.connect(store.address, setup);
    opened.push(() => link.close());
    const intake = await link.openIntake(setup.healthMillis);
    opened.push(() => intake.close());
    const workers =
      typeof crew === 'function'
        ? await crew({ engine: name, address: store.address }, books.move)
        : await work(engine, link, { ...setup, processors: crew, moved: books.move });
    opened.push(() => workers.stop());

    return {
      unbounded: true,
      enqueue: async (job) => {
        const stored = books.take(job);
        const { withdraw, ...taken } = await intake.enqueue(job, stored);
        const takeBack = async (): Promise<boolean> => {
          const isBack = await withdraw();
          if (isBack) books.move({ from: 'waiting', to: 'abandoned' });
          return isBack;
        };
        return { accepted: true, runnableAt: stored.runnableAt, ...taken, withdraw: takeBack };
      },
      counts: () => books.counts(),
      idle: () => books.idle(),
      shutdown: close,
      notes: [engine.note(store.where, setup)],
    };
  } catch (error) {
    // What did not start is to be told, whatever else there is in its way.
    await close().catch(() => undefined);
    throw error;
  }
}

/** What the workers of a process are started with. */
export interface WorkersSetup extends LinkSetup {
  readonly processors: readonly Processor[];
  /** Told of the jobs that begin and end. */
  readonly moved: (move: Move) => void;
}

/** Starts the workers alone, in a process that puts in no jobs. */
export async function startWorkers(
  { engine: name, address }: Workplace,
  setup: WorkersSetup,
): Promise<Workers> {
  const engine = await loadEngine(name);
  const link = await engine.connect(address, setup);
  const workers = await work(engine, link, setup);
  return {
    stop: async () => {
      await workers.stop();
      await link.close();
    },
  };
}

function work(
  engine: StoredEngine,
  link: Link,
  { speed, processors, moved }: WorkersSetup,
): Promise<Workers> {
  const backoffMillis = (attempt: number): number => engine.backoffMillis(attempt, speed);
  return link.startWorkers(new Desk({ processors, backoffMillis, tell: moved }));
}
