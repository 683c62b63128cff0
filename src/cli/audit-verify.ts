import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Place } from '../audit/chain.js';
import { fullPaths, headPath } from '../audit/file-names.js';
import type { Verifier } from '../audit/signature.js';
import { ed25519Verifier, hmacSigner } from '../audit/signature.js';
import type { Keys } from '../audit/verify/file-check.js';
import type { FoundGaps } from '../audit/verify/found-gaps.js';
import { foundHead, headOf, headText } from '../audit/verify/heads.js';
import type { Anchors, Chain, Verdict } from '../audit/verify/verdict.js';
import { verifyFiles } from '../audit/verify/verify-files.js';
import { shown } from '../signal/signalbox-error.js';
import { read } from './arguments.js';
import type { Command } from './command.js';
import { ENDS, Misuse } from './command.js';
import type { Terminal } from './terminal.js';

/** Checks whether an audit trail is complete and unchanged. */
export const auditVerify: Command = {
  words: 'audit verify',
  usage: ['audit verify FILE… [--key ID=FILE[,ID=FILE]] [--expect-head HEAD] [--after HEAD]'],
  summary:
    'Checks whether an audit trail is complete and unchanged, and its signatures if keys are given. Names the first wrong line and the reason, and exits with 1 then.',
  async run(args, terminal) {
    const { options, words } = read(args, {
      key: { type: 'string' },
      'expect-head': { type: 'string' },
      after: { type: 'string' },
    });
    if (words.length === 0) throw new Misuse('give the file of an audit trail, as in audit.jsonl.');
    const keys = options.key === undefined ? undefined : keysOf(String(options.key));
    const anchors = {
      expected: placeOf('--expect-head', options['expect-head']),
      after: placeOf('--after', options.after),
    };
    return say(await verdictOn(words, keys, anchors), keys !== undefined, terminal);
  },
};

/** How often a trail is read at most if its files rotate meanwhile. */
const TRIES = 5;

/** Verifies the files. Tries again if the list of files changed meanwhile, because a trail that is being written may have rotated. */
async function verdictOn(words: readonly string[], keys: Keys, anchors: Anchors): Promise<Verdict> {
  for (let tries = 1; ; tries++) {
    const files = filesOf(words);
    const isSettled = (): boolean => tries === TRIES || filesOf(words).join('\n') === files.join('\n');
    try {
      const verdict = await verifyFiles(files, keys, anchors);
      if (verdict.problems.length === 0 || isSettled()) return verdict;
    } catch (error) {
      if (isSettled()) throw error;
    }
  }
}

/** The given files, and the full files that rotation left beside each. */
function filesOf(words: readonly string[]): string[] {
  const files = words.flatMap((word) => {
    const path = resolve(word);
    if (!existsSync(path) && !existsSync(headPath(path)))
      throw new Misuse(`there is no file ${shown(word)}.`);
    const full = fullPaths({ names: (folder) => readdirSync(folder) }, path);
    // The output shows each file with the path as it was given.
    return [...full.map((file) => word + file.slice(path.length)), word];
  });
  // A file may be given itself and also lie beside another given file.
  return [...new Map(files.map((file) => [resolve(file), file])).values()];
}

function keysOf(given: string): Map<string, Verifier> {
  return new Map(
    given.split(',').map((part) => {
      const [, id = '', file = ''] = /^([\w.-]{1,64})=(.+)$/.exec(part) ?? [];
      if (file === '')
        throw new Misuse(`--key is ${shown(part)}. Write --key ID=FILE, with the id that the lines name.`);
      return [id, verifierIn(id, file)];
    }),
  );
}

/** Reads a verifier from a file: a public key in PEM, or the bytes of a secret. */
function verifierIn(id: string, file: string): Verifier {
  const bytes = readFileSync(file);
  if (!bytes.toString('latin1').startsWith('-----BEGIN ')) return secretVerifier(id, bytes);
  try {
    return ed25519Verifier(id, bytes.toString());
  } catch {
    throw new Misuse(`${shown(file)} holds no key of the kind Ed25519. Give the public key in PEM.`);
  }
}

/** Editors and `echo` end a file with a newline that is not part of the secret. So both forms verify. */
function secretVerifier(id: string, bytes: Buffer): Verifier {
  const whole = hmacSigner(id, bytes);
  const secret = bytes.toString('latin1').replace(/\r?\n$/, '');
  if (secret.length === bytes.length || secret === '') return whole;
  const trimmed = hmacSigner(id, Buffer.from(secret, 'latin1'));
  return { id, verifies: (text, sig) => trimmed.verifies(text, sig) || whole.verifies(text, sig) };
}

/** Reads a head from `SEQ:HASH`, or from a copy of a head file. */
function placeOf(option: string, given: string | boolean | undefined): Place | undefined {
  if (given === undefined) return undefined;
  const text = String(given);
  const place =
    headOf(text) ?? (existsSync(text) ? foundHead(readFileSync(text), undefined).place : undefined);
  if (place) return place;
  throw new Misuse(
    `${option} is ${shown(text)}. Give SEQ:HASH, as audit verify prints it, or a copy of a head file.`,
  );
}

function say({ chains, problems }: Verdict, withKeys: boolean, terminal: Terminal): number {
  for (const { file, line, why } of problems) {
    const where = line === undefined ? file : `${file} line ${line}`;
    terminal.say(`${terminal.paint('bad', 'wrong')} ${terminal.paint('strong', where)}: ${why}`);
  }
  if (problems.length > 0) {
    terminal.say('Not valid.');
    return ENDS.wrong;
  }
  for (const chain of chains) sayChain(chain, withKeys, terminal);
  return ENDS.well;
}

function sayChain(
  { checks, lines, gaps, signed, end, behind, unended }: Chain,
  withKeys: boolean,
  terminal: Terminal,
): void {
  const of = checks.map(({ file }) => file).join(', ');
  terminal.say(
    `${terminal.paint('good', 'valid')} ${terminal.paint('strong', of)}: ${counted(lines, 'line')}, head ${headText(end)}`,
  );
  const notes = [
    withKeys
      ? 'every line is signed with a given key'
      : signed > 0 && 'signatures were not checked: give --key',
    !withKeys &&
      signed === 0 &&
      'no line is signed: anybody who can write the files may have rewritten the whole trail',
    gaps.total > 0 &&
      `${counted(gaps.total, 'line')} of them ${gaps.total === 1 ? 'says' : 'say'} what is missing or was found: ${gapsText(gaps)}`,
    behind > 0 &&
      `${counted(behind, 'line')} after the head: written, but not acknowledged when the process ended`,
    unended > 0 && `${counted(unended, 'byte')} after them belong to a line that is being written`,
  ];
  for (const note of notes) if (note) terminal.say(`      ${note}`);
}

/** The gaps as text, as in `torn_tail (line 2), dropped (lines 4, 9 and 12 more)`, with the line numbers of the trail. */
function gapsText({ byReason }: FoundGaps): string {
  return [...byReason]
    .map(([reason, { count, at }]) => {
      const more = count > at.length ? ` and ${count - at.length} more` : '';
      return `${reason} (${count === 1 ? 'line' : 'lines'} ${at.join(', ')}${more})`;
    })
    .join(', ');
}

function counted(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}
