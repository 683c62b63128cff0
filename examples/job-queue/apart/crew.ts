import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Move } from '../engines/books.js';
import type { Workplace } from '../engines/engine.js';
import type { Workers } from '../engines/stored-engine.js';
import type { Folding } from '../folding.js';
import type { Ledger } from '../ledger.js';
import type { Options } from '../options.js';
import { WORKER_SERVICE } from '../otel.js';
import type { Screen } from '../screen.js';
import type { SpanRecorder } from '../span-recorder.js';
import { relay } from './relay.js';
import type { Account, Order, Word } from './words.js';

/** The workers have gone before all was done. Its message is for a person. */
export class WorkersLost extends Error {}

/** What a crew is made of. */
export interface CrewSetup {
  readonly options: Options;
  /** The base URL of the collector; none where nothing is sent. */
  readonly endpoint: string | undefined;
  /** Gets what the handlers write to theirs. */
  readonly ledger: Ledger;
  /** Gets the spans of the attempts. */
  readonly spans: SpanRecorder;
  readonly screen: Screen;
  /** Gets what they emit, where lines are folded. */
  readonly folding: Folding | undefined;
}

/**
 * The workers in a process of their own, with telemetry of their own. That process is out of reach of the terminal's Ctrl-C, for what runs
 * is to be finished, and ends with this process, however this one ends.
 */
export class Crew {
  readonly #setup: CrewSetup;
  readonly #lost = new AbortController();
  #account: Account | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(setup: CrewSetup) {
    this.#setup = setup;
  }

  /** Aborts with a {@link WorkersLost} when they have gone before all was done. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  readonly hire = async (workplace: Workplace, moved: (move: Move) => void): Promise<Workers> => {
    const { options, endpoint, screen, folding } = this.#setup;
    const child = fork(new URL('../workers.ts', import.meta.url), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, OTEL_SERVICE_NAME: WORKER_SERVICE, ...colours(screen) },
    });
    // Should it hang, it does not see that we have gone.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    // Under json the lines alone are on stdout, and the screen is stderr.
    const [lines, words] = options.format === 'json' ? [process.stdout, screen] : [screen, process.stderr];
    if (child.stdout) relay(child.stdout, lines);
    if (child.stderr) relay(child.stderr, words);
    child.on('message', (word: Word) => this.#hear(word, moved));
    this.#gone = goneOf(child).then((how) => {
      process.off('exit', kill);
      if (this.#account !== undefined) return;
      const sentence = `The workers' process ended ${how} before all was done: what it had not sent of its telemetry is lost.`;
      this.#lost.abort(new WorkersLost(sentence));
    });

    const started = this.#until('started', child);
    order(child, {
      order: 'start',
      workplace,
      options,
      endpoint,
      folded: folding !== undefined,
      columns: screen.terminalColumns,
    });
    await started;
    this.#lost.signal.throwIfAborted();
    screen.say(`workers: process ${child.pid}, the service ${WORKER_SERVICE}`);
    return {
      stop: async () => {
        const stopped = this.#until('stopped', child);
        order(child, { order: 'stop' });
        await stopped;
      },
    };
  };

  /** Waits until their process has gone. What their box says at the end; undefined where they were lost before. */
  async account(): Promise<Account | undefined> {
    await this.#gone;
    return this.#account;
  }

  #hear(word: Word, moved: (move: Move) => void): void {
    switch (word.word) {
      case 'entry':
        this.#setup.ledger.add(word.entry);
        break;
      case 'move':
        moved(word.move);
        break;
      case 'span':
        this.#setup.spans.add(word.span);
        break;
      case 'told':
        this.#setup.folding?.tell(word.told);
        break;
      case 'account':
        this.#account = word.account;
    }
  }

  /** Resolves at this word, or when there will be none. */
  async #until(wanted: Word['word'], child: ChildProcess): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      child.on('message', ({ word }: Word) => {
        if (word === wanted) resolve();
      });
    });
    await Promise.race([heard, this.#gone]);
  }
}

/** Resolves with how it ended: after its last word, and its last line. */
function goneOf(child: ChildProcess): Promise<string> {
  return once(child, 'close').then(
    ([code, signal]: unknown[]) => (signal ? `by ${signal}` : `with code ${code}`),
    (error: Error) => `by '${error.message}'`,
  );
}

function order(child: ChildProcess, what: Order): void {
  // It may have gone by now, which is told elsewhere.
  child.send(what, () => undefined);
}

/** Its output is ours: it has the colours that this terminal has. */
function colours({ paint }: Screen): NodeJS.ProcessEnv {
  return paint.coloured ? { FORCE_COLOR: '1' } : {};
}
