import { fork } from 'node:child_process';
import type { Measured, MeasureOptions, Row } from '../rows/row.js';
import type { Order } from './order.js';
import { COUNTING_FLAGS } from './order.js';
import type { Platform } from './platform.js';

const PATIENCE_MILLIS = 15 * 60_000;

/** The figures of a row, each in a process of its own. Throws where one ends without them. */
export async function take(platform: Platform, row: Row, options: MeasureOptions): Promise<Measured> {
  const measured = await ask<Measured>(platform, { id: row.id, what: 'measure', options });
  if (!row.allocated || measured.bytes !== undefined) return measured;
  return { ...measured, bytes: await bytesOf(platform, row, options) };
}

/** Bytes that one operation of a row allocates. */
export function bytesOf(platform: Platform, row: Row, options: MeasureOptions): Promise<number> {
  return ask<number>(platform, { id: row.id, what: 'allocated', options });
}

function ask<T>({ program, child }: Platform, order: Order): Promise<T> {
  return new Promise((resolve, reject) => {
    const forked = fork(child, [JSON.stringify(order)], {
      execPath: program,
      execArgv: order.what === 'allocated' ? [...COUNTING_FLAGS] : [],
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
