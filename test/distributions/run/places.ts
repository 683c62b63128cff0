import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SetUp } from '../set-up.js';

export const HERE: string = fileURLToPath(new URL('..', import.meta.url));
export const ROOT: string = join(HERE, '../..');
export const WORK: string = join(HERE, '.work');
export const SCENARIO: string = join(HERE, 'scenario');

/** The folder of a set-up's package.json. */
export function describedIn({ name, folder = name }: Pick<SetUp, 'name' | 'folder'>): string {
  return join(HERE, 'set-ups', folder);
}

/** Where it is installed. */
export function installedIn({ name, folder = name }: Pick<SetUp, 'name' | 'folder'>): string {
  return join(WORK, folder);
}

/** The preload that refuses what would leave this machine. */
export function guardIn(installed: string): string {
  return join(installed, 'scenario/guard.cjs');
}
