import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../e2e/stack/compose-file.js';

export function text(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** A YAML file of the repository; `merge` for compose's `<<`. */
export function yaml<T>(path: string): T {
  return parse(text(path), { merge: true }) as T;
}

/** Every file under a folder of the repository, by its path from the top. */
export function filesUnder(folder: string): string[] {
  const top = join(repository, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true })
    .map((name) => join(top, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(repository, path))
    .sort();
}

/** What stands in a configuration file for a variable: `${env:NAME:-default}` of the collector, `${NAME:-default}` of Loki. */
export function defaultOf(content: string, variable: string): string | undefined {
  return new RegExp(`\\$\\{(?:env:)?${variable}:-([^}]*)\\}`).exec(content)?.[1];
}

/** The port at the end of an address, whether `0.0.0.0:4318` or `http://jaeger:4318`. */
export function portOf(address: string | undefined): number {
  return Number(/:(\d+)(?:\/|$)/.exec(address ?? '')?.[1]);
}
