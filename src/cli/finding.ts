import { withoutSecretsOfUrls } from '../signal/url-secrets.js';
import type { Terminal } from './terminal.js';

/** The result of one check. If something is wrong, it has a fix. */
export interface Finding {
  /** The subject of the check, as in `logs`, `POST http://localhost:4318/v1/traces`. */
  readonly of: string;
  readonly says: string;
  /** Set only if something is wrong. */
  readonly fix?: string;
  /** Set if the check has no result. */
  readonly isOpen?: true;
}

/** Prints a finding in one or two lines, without secrets of URLs, because people share the output of the doctor. */
export function sayFinding({ of, says, fix, isOpen }: Finding, terminal: Terminal): void {
  const well = isOpen ? terminal.paint('dim', '?    ') : terminal.paint('good', 'ok   ');
  const mark = fix === undefined ? well : terminal.paint('bad', 'wrong');
  terminal.say(
    `${mark} ${terminal.paint('strong', withoutSecretsOfUrls(of))}: ${withoutSecretsOfUrls(says)}`,
  );
  if (fix !== undefined) terminal.say(`      fix: ${withoutSecretsOfUrls(fix)}`);
}
