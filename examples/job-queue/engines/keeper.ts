import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server that a run has started for itself. */
export interface KeptServer {
  readonly url: string;
  /** Ends it, and what it has stored. */
  stop(): Promise<void>;
}

/** What the keeper says once: where the server is, or why there is none. */
export type Word = { readonly url: string } | { readonly problem: string };

/**
 * Starts a server in the care of a process of its own. That one is out of reach of the terminal's Ctrl-C, which would end the server
 * before the jobs that run, and it ends the server with this process, however this one ends.
 */
export async function keepServer(program: 'redis' | 'postgres'): Promise<KeptServer> {
  const keeper = fork(new URL('./kept.ts', import.meta.url), [program], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const word = await firstWord(keeper);
  if ('problem' in word) throw new Error(word.problem);
  return {
    url: word.url,
    stop: async () => {
      if (!keeper.connected) return;
      const gone = once(keeper, 'exit');
      keeper.disconnect();
      await gone;
    },
  };
}

function firstWord(keeper: ChildProcess): Promise<Word> {
  return new Promise((resolve) => {
    keeper.once('message', (word) => resolve(word as Word));
    keeper.once('error', (error) => resolve({ problem: error.message }));
    keeper.once('exit', (code) => resolve({ problem: `its keeper ended with ${code}` }));
  });
}
