import { withoutSecretsOfUrls } from '../signal/url-secrets.js';
import type { Terminal } from './terminal.js';

/** Something that was looked at: how it is, and where it is wrong the cause and the fix. */
export interface Finding {
  /** What was looked at: `logs`, `POST http://localhost:4318/v1/traces`. */
  readonly of: string;
  readonly says: string;
  /** There where it is wrong. */
  readonly fix?: string;
  /** Whether it is well can not be told. */
  readonly isOpen?: true;
}

/** Prints a finding, in a line or in two, without the keys of URLs: people pass on what the doctor says. */
export function sayFinding({ of, says, fix, isOpen }: Finding, terminal: Terminal): void {
  const well = isOpen ? terminal.paint('dim', '?    ') : terminal.paint('good', 'ok   ');
  const mark = fix === undefined ? well : terminal.paint('bad', 'wrong');
  terminal.say(
    `${mark} ${terminal.paint('strong', withoutSecretsOfUrls(of))}: ${withoutSecretsOfUrls(says)}`,
  );
  if (fix !== undefined) terminal.say(`      fix: ${withoutSecretsOfUrls(fix)}`);
}
