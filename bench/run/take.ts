import { fork } from 'node:child_process';
import type { Measured, MeasureOptions, Row, Times } from '../rows/row.js';
import type { Order } from './order.js';
import { FLAGS } from './order.js';
import type { Platform } from './platform.js';

const PATIENCE_MILLIS = 15 * 60_000;

/** V8 compiles one program differently from process to process. */
const PROCESSES = 3;

/** The figures of a row, taken in processes of its own. Throws if one ends without them. */
export async function take(platform: Platform, row: Row, options: MeasureOptions): Promise<Measured> {
  const measured = row.timed
    ? row.timed.figures(await timesOf(platform, row.id, options))
    : await ask<Measured>(platform, { id: row.id, what: 'measure', options });
  if (!row.allocated || measured.bytes !== undefined) return measured;
  return { ...measured, bytes: await bytesOf(platform, row, options) };
}

/** The rounds are shared out among the processes. */
async function timesOf(platform: Platform, id: string, options: MeasureOptions): Promise<Times> {
  const processes = Math.min(PROCESSES, options.rounds);
  const order: Order = {
    id,
    what: 'time',
    options: { ...options, rounds: Math.ceil(options.rounds / processes) },
  };
  const times: Times[] = [];
  for (let i = 0; i < processes; i++) times.push(await ask<Times>(platform, order));
  return joined(times);
}

/** The times of several processes as if one had run all their rounds. */
export function joined(times: readonly Times[]): Times {
  const names = times[0]?.names ?? [];
  return { names, costs: names.map((_, i) => times.flatMap(({ costs }) => costs[i] ?? [])) };
}

/** Bytes that one operation of a row allocates. */
export function bytesOf(platform: Platform, row: Row, options: MeasureOptions): Promise<number> {
  return ask<number>(platform, { id: row.id, what: 'allocated', options });
}

function ask<T>({ program, child }: Platform, order: Order): Promise<T> {
  return new Promise((resolve, reject) => {
    const forked = fork(child, [JSON.stringify(order)], {
      execPath: program,
      execArgv: [...FLAGS[order.what]],
      // What a row prints is no part of the table.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const printed: string[] = [];
    for (const stream of [forked.stdout, forked.stderr])
      stream?.on('data', (text: Buffer) => printed.push(text.toString()));
    let answer: { readonly figures: T } | undefined;
    forked.on('message', (figures) => {
      answer = { figures: figures as T };
    });
    const late = setTimeout(() => forked.kill('SIGKILL'), PATIENCE_MILLIS);
    forked.once('error', reject);
    forked.once('close', (code, signal) => {
      clearTimeout(late);
      if (answer) resolve(answer.figures);
      else
        reject(
          new Error(
            `${order.id} ended with ${signal ?? code} and no figures.\n${printed.join('').trim().slice(-2000)}`,
          ),
        );
    });
  });
}
