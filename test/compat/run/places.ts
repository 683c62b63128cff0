import { join, resolve } from 'node:path';
import type { Cell } from '../matrix/cells.js';

export const HERE: string = resolve(import.meta.dirname, '..');
export const ROOT: string = resolve(HERE, '../..');
export const WORK: string = join(HERE, '.work');

/** Where the apps on a line of the OpenTelemetry SDK are. */
export function appsOn(line: Cell['line']): string {
  return join(WORK, `otel-${line}`);
}
