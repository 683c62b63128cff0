import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OtlpEndpoint } from '../../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../../support/otlp-endpoint.js';
import { readOtlp } from '../../support/otlp-model.js';
import type { Address } from './driver.js';
import type { Ledger, LedgerAttempt } from './ledger.js';
import type { Recording } from './recording.js';
import { until } from './until.js';

/** What a worker process says of itself, one line of JSON each: its part of the ledger. */
export type Word =
  | { readonly word: 'ready' }
  | { readonly word: 'began'; readonly id: string; readonly number: number; readonly at: number }
  | { readonly word: 'returned' | 'faltered'; readonly id: string; readonly at: number };

/** What a worker process throws. */
export class Faltered extends Error {
  override readonly name = 'FalteredError';

  constructor() {
    super('the worker faltered');
  }
}

export interface WorkerProcess {
  readonly pid: number;
  /** In the middle of whatever it does. What it told until now has arrived. */
  kill(): Promise<void>;
  /** Gracefully, all telemetry flushed. */
  stop(): Promise<void>;
  recording(): Recording;
  /** Ends its endpoint. */
  close(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url));

/** Starts a process that works at a queue, and exports what it tells to an endpoint of its own. */
export async function startWorkerProcess(
  address: Address,
  manner: 'completes' | 'hangs',
  ledger: Ledger,
): Promise<WorkerProcess> {
  const endpoint = await startOtlpEndpoint();
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', MAIN, JSON.stringify({ address, manner, otlp: endpoint.url })],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const pid = child.pid ?? 0;
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  let ready = false;
  const attempts: { readonly id: string; readonly attempt: LedgerAttempt }[] = [];
  createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (line) => {
    if (!line.startsWith('{"word"')) return;
    const said = JSON.parse(line) as Word;
    if (said.word === 'ready') ready = true;
    else if (said.word === 'began')
      attempts.push({ id: said.id, attempt: ledger.began(said.id, said.number, { pid, from: said.at }) });
    else {
      const open = attempts.find(({ id, attempt }) => id === said.id && attempt.to === undefined);
      if (!open) return;
      const did = said.word === 'returned' ? { did: 'returned' } : { did: 'threw', error: new Faltered() };
      Object.assign(open.attempt, did, { to: said.at });
    }
  });
  const exited = once(child, 'exit');
  let alive = true;
  await until('a worker process is ready', () => {
    if (child.exitCode !== null) throw new Error(`A worker process ended before it was ready: ${errors}`);
    return ready;
  });

  return {
    pid,
    kill: async () => {
      await until('what it told has arrived', () => arrived(endpoint, attempts.length));
      alive = false;
      child.kill('SIGKILL');
      await exited;
      for (const { attempt } of attempts) if (attempt.did === 'runs') attempt.did = 'killed';
    },
    stop: async () => {
      if (!alive || child.exitCode !== null) return;
      child.stdin?.end();
      await exited;
      if (child.exitCode !== 0) throw new Error(`A worker process ended with ${child.exitCode}: ${errors}`);
    },
    recording: () => ({ pid, alive, received: readOtlp(endpoint.requests) }),
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
      await endpoint.close();
    },
  };
}

function arrived(endpoint: OtlpEndpoint, attempts: number): boolean {
  const started = readOtlp(endpoint.requests).logs.filter(({ eventName }) => eventName === 'job.started');
  return started.length >= attempts;
}
