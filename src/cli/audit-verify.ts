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

/** Says whether an audit trail is whole. */
export const auditVerify: Command = {
  words: 'audit verify',
  usage: ['audit verify FILE… [--key ID=FILE[,ID=FILE]] [--expect-head HEAD] [--after HEAD]'],
  summary:
    'Says whether an audit trail is whole, with its signatures where keys are given, or the first line that is wrong, and why. Exits with 1 then.',
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

/** How often a trail is read whose files are put aside meanwhile. */
const TRIES = 5;

/** Reads the files, and reads them anew where there are others behind it: a trail that is being written may have rotated. */
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

/** The files that were named, and the full ones beside each. */
function filesOf(words: readonly string[]): string[] {
  const files = words.flatMap((word) => {
    const path = resolve(word);
    if (!existsSync(path) && !existsSync(headPath(path)))
      throw new Misuse(`there is no file ${shown(word)}.`);
    const full = fullPaths({ names: (folder) => readdirSync(folder) }, path);
    // By the name that was given, as it is told.
    return [...full.map((file) => word + file.slice(path.length)), word];
  });
  // One that is named and beside another is one.
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

/** A file with a public key in PEM, or the bytes of a secret. */
function verifierIn(id: string, file: string): Verifier {
  const bytes = readFileSync(file);
  if (!bytes.toString('latin1').startsWith('-----BEGIN ')) return secretVerifier(id, bytes);
  try {
    return ed25519Verifier(id, bytes.toString());
  } catch {
    throw new Misuse(`${shown(file)} holds no key of the kind Ed25519. Give the public key in PEM.`);
  }
}

/** Editors and `echo` end a file with a newline that the secret has not. */
function secretVerifier(id: string, bytes: Buffer): Verifier {
  const whole = hmacSigner(id, bytes);
  const secret = bytes.toString('latin1').replace(/\r?\n$/, '');
  if (secret.length === bytes.length || secret === '') return whole;
  const trimmed = hmacSigner(id, Buffer.from(secret, 'latin1'));
  return { id, verifies: (text, sig) => trimmed.verifies(text, sig) || whole.verifies(text, sig) };
}

/** A head as `SEQ:HASH`, or a copy of a head file. */
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
      ? `each is signed, with a key that was given`
      : signed > 0 && 'signatures were not looked at: give --key',
    !withKeys && signed === 0 && 'none is signed: who can write the files can have written all anew',
    gaps.total > 0 &&
      `${counted(gaps.total, 'line')} of them ${gaps.total === 1 ? 'tells' : 'tell'} what is missing or was found: ${gapsText(gaps)}`,
    behind > 0 &&
      `${counted(behind, 'line')} behind the head: written, and not acknowledged when the process ended`,
    unended > 0 && `${counted(unended, 'byte')} behind them are of a line that is being written`,
  ];
  for (const note of notes) if (note) terminal.say(`      ${note}`);
}

/** `torn_tail (line 2), dropped (lines 4, 9 and 12 more)`, by the numbers that the lines have in the trail. */
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
