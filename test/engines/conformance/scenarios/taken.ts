import type { Stage } from '../stage.js';
import { gate, until } from '../until.js';
import type { Scenario } from './scenario.js';
import { Broken, result } from './scenario.js';

async function handlersEnded(stage: Stage, id: string): Promise<void> {
  await until('the handlers have ended', () => stage.ledger.attempts(id).every(({ to }) => to !== undefined));
}

export const cancelledWaiting: Scenario = {
  run: async (stage) => {
    const { cancel } = stage.world;
    if (!cancel) throw new Error('This engine cancels nothing.');
    const [id, other] = [await stage.ask(), await stage.ask()];
    await cancel(id);
    await stage.gone(id, stage.driver.traits.cancelReason);
    await stage.work(() => result(stage));
    await stage.ends(other, 'completed');
  },
};

export const cancelledRunning: Scenario = {
  run: async (stage) => {
    const { cancelRunning } = stage.world;
    const traits = stage.driver.traits.cancelled;
    if (!cancelRunning || !traits) throw new Error('This engine cancels no running job.');
    const id = await stage.ask({ maxAttempts: 2 });
    const cancelled = gate();
    await stage.work(async ({ number, signal }, attempt) => {
      if (number > 1) return result(stage);
      attempt.settled = traits.settled;
      await cancelled.opened;
      if (traits.aborts) {
        await until('the signal is aborted', () => signal?.aborted === true);
        throw new Broken('given up');
      }
      return result(stage);
    });
    await stage.runs(id);
    await cancelRunning(id);
    cancelled.open();
    if (traits.retries) await stage.ends(id, 'completed');
    else {
      await stage.gone(id, traits.reason ?? 'cancelled');
      await handlersEnded(stage, id);
      const attempt = stage.ledger.attempts(id)[0];
      if (attempt && traits.error)
        Object.assign(attempt, { did: 'threw', error: traits.error, to: undefined });
    }
  },
};

export const lockLost: Scenario = {
  run: async (stage) => {
    const { takeAway } = stage.world;
    if (!takeAway) throw new Error('This engine takes no job away.');
    const id = await stage.ask({ maxAttempts: 3 });
    const taken = gate();
    // When the engine lets it run again is for the engine to say, and the one who lost it is not told.
    stage.wanted = { waits: 'any', ...stage.driver.traits.taken };
    const first = await stage.work(
      async (_call, attempt) => {
        attempt.settled = 'lost';
        await taken.opened;
        return result(stage);
      },
      { losesLock: true },
    );
    await stage.runs(id);
    try {
      await takeAway(id);
      await stage.rescuer(() => result(stage));
      await stage.ends(id, 'completed');
    } finally {
      // Who lost it returns only now, and can end nothing any more.
      taken.open();
    }
    await handlersEnded(stage, id);
    await first.close();
  },
};

export const killedWorker: Scenario = {
  processes: true,
  run: async (stage) => {
    const id = await stage.ask({ maxAttempts: 3, limitMillis: 2000 });
    stage.wanted = { waits: 'any' };
    const victim = await stage.workElsewhere('hangs');
    await stage.runs(id);
    await victim.kill();
    await stage.rescuer(() => result(stage));
    await stage.ends(id, 'completed');
  },
};

export const killedInTheLastAttempt: Scenario = {
  processes: true,
  run: async (stage) => {
    const monitor = stage.world.monitor?.();
    if (!monitor) throw new Error('This engine has no monitor.');
    const id = await stage.ask({ maxAttempts: 1, limitMillis: 2000 });
    await monitor.check();
    const victim = await stage.workElsewhere('hangs');
    await stage.runs(id);
    await victim.kill();
    await stage.work(() => result(stage), { rescues: true, givesUp: true });
    await stage.ends(id, 'failed', 'stalled');
    // Where no event told of the end, the monitor finds it; it finds it once.
    for (let looks = 0; looks < 3; looks++) await monitor.check();
    monitor.stop();
  },
};

export const shutdownWhileActive: Scenario = {
  run: async (stage) => {
    const id = await stage.ask();
    const go = gate();
    const worker = await stage.work(async () => {
      await go.opened;
      return result(stage);
    });
    await stage.runs(id);
    const closed = worker.close();
    go.open();
    await closed;
    await stage.ends(id, 'completed');
  },
};

export const forcedClose: Scenario = {
  run: async (stage) => {
    const id = await stage.ask({ maxAttempts: 2 });
    const { forced } = stage.driver.traits;
    const go = gate();
    const worker = await stage.work(async (_call, attempt) => {
      attempt.settled = forced.settled;
      await go.opened;
      return result(stage);
    });
    const attempt = await stage.runs(id);
    if (!worker.kill) throw new Error('This engine closes nothing by force.');
    await worker.kill();
    if (forced.ends) await stage.gone(id, forced.reason);
    go.open();
    await handlersEnded(stage, id);
    // The handler returned at last, and that changed nothing.
    const { state } = await stage.world.row(id);
    if (!forced.ends && state === 'completed') throw new Error('The store took the return for an end.');
    if (forced.error) Object.assign(attempt, { did: 'threw', error: forced.error, to: undefined });
  },
};

export const manualRetry: Scenario = {
  run: async (stage) => {
    const { retry } = stage.world;
    if (!retry) throw new Error('This engine brings nothing back.');
    // It could run again from when someone brought it back: that is in no store.
    stage.wanted = { waits: 'any' };
    const id = await stage.ask({ maxAttempts: 1 });
    let works = false;
    await stage.work(() => {
      if (!works) throw new Broken('not yet');
      return result(stage);
    });
    await stage.ends(id, 'failed');
    works = true;
    stage.ledger.revived(id);
    await retry(id);
    await stage.ends(id, 'completed');
  },
};

export const twoWorkerProcesses: Scenario = {
  processes: true,
  run: async (stage) => {
    stage.wanted = { linked: 'everywhere' };
    await Promise.all([stage.workElsewhere('completes'), stage.workElsewhere('completes')]);
    const monitor = stage.world.monitor?.();
    if (!monitor) throw new Error('This engine has no monitor.');
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) ids.push(await stage.ask({ maxAttempts: 2, falters: i % 5 === 0 }));
    for (const id of ids) await stage.ends(id, 'completed');
    const pids = new Set(ids.map((id) => stage.ledger.attempts(id)[0]?.pid));
    if (pids.size !== 2) stage.found.push(`${pids.size} processes did all jobs, not 2`);
    for (const worker of stage.processes) await worker.stop();
    await monitor.check();
    await stage.measure();
    monitor.stop();
  },
};
