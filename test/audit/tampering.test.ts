import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Place } from '../../src/audit/chain.js';
import { slotOf } from '../../src/audit/head-record.js';
import type { Signer } from '../../src/audit/signature.js';
import { ed25519Verifier } from '../../src/audit/signature.js';
import type { Keys } from '../../src/audit/verify/file-check.js';
import { FileCheck } from '../../src/audit/verify/file-check.js';
import { foundHead } from '../../src/audit/verify/heads.js';
import type { Anchors } from '../../src/audit/verify/verdict.js';
import { verdictOf } from '../../src/audit/verify/verdict.js';
import { signerOf } from '../../src/sinks/audit-key.js';
import { numbered } from '../delivery/helpers.js';
import { Folder, KEYS, SIGNER, trailAt } from './helpers.js';
import { PRIVATE_KEY, PUBLIC_KEY } from './keys.js';

/** A trail that was ended well, as bytes. */
interface Sample {
  readonly file: Buffer;
  readonly head: Buffer;
}

/** A trail in one of its forms, and what its verifier is given. */
interface Form {
  readonly name: string;
  readonly signer: Signer | undefined;
  readonly keys: Keys;
}

const FORMS: readonly Form[] = [
  { name: 'unsigned', signer: undefined, keys: undefined },
  { name: 'signed with HMAC-SHA-256', signer: SIGNER, keys: KEYS },
  {
    name: 'signed with Ed25519',
    signer: signerOf('test', { id: 'test', privateKey: PRIVATE_KEY }),
    keys: new Map([['test', ed25519Verifier('test', PUBLIC_KEY)]]),
  },
];
const LINES = 3;
/** One bit, or all of them. */
const FLIPS = [1, 2, 4, 8, 16, 32, 64, 128, 255];

const folder = new Folder();
/** At each of its lines: the last is the whole sample. */
const samples = new Map<Form, Sample[]>();

beforeAll(async () => {
  for (const form of FORMS) {
    const path = folder.file(`${form.name}.jsonl`);
    const { trail } = trailAt(path, { signer: form.signer });
    const states: Sample[] = [];
    for (const emission of numbered(LINES)) {
      await trail.append(emission);
      states.push({ file: readFileSync(path), head: readFileSync(`${path}.head`) });
    }
    await trail.close();
    samples.set(form, states);
  }
});
afterAll(folder.remove);

const sampleOf = (form: Form, lines = LINES): Sample => (samples.get(form) as Sample[])[lines - 1] as Sample;

/** What `audit verify` finds in bytes: no more than it does in files, and a thousand times a second. */
function found({ keys }: Form, { file, head }: Sample, expected?: Place): string[] {
  const headFound = foundHead(head, keys);
  const wanted = new Set([headFound.place?.seq ?? 0, expected?.seq ?? 0]);
  const check = new FileCheck('audit.jsonl', keys, wanted);
  check.push(file);
  check.end();
  const anchors: Anchors = { expected, after: undefined };
  return verdictOf([check], new Map([['audit.jsonl', headFound]]), anchors).problems.map(
    ({ line, why }) => `${line ?? ''} ${why}`,
  );
}

const linesIn = (file: Buffer): string[] => file.toString('latin1').trimEnd().split('\n');
const fileOf = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

/** What an attacker does who can write the files, and has no key: numbers, hashes and the head are made to fit. */
function writtenAnew(lines: readonly string[]): Sample {
  let prev = '0'.repeat(64);
  let from = 0;
  let to = 0;
  const anew = lines.map((line, i) => {
    const text = line.replace(/"prev":"[0-9a-f]{64}","seq":\d+/, `"prev":"${prev}","seq":${i + 1}`);
    prev = createHash('sha256').update(text, 'latin1').digest('hex');
    [from, to] = [to, to + text.length + 1];
    return text;
  });
  const record = { seq: lines.length, hash: prev, from, to };
  const head = [2, 3].map((count) => slotOf({ ...record, count }, undefined));
  return { file: fileOf(anew), head: Buffer.concat(head) };
}

describe.each(FORMS)('a trail that is $name', (form) => {
  test('audit verify - says that the sample is valid at each of its lines', () => {
    for (let lines = 1; lines <= LINES; lines++) expect(found(form, sampleOf(form, lines))).toEqual([]);
  });

  test.each(['file', 'head'] as const)(
    'audit verify - finds edits of each byte of the %s',
    (which) => {
      const sample = sampleOf(form);
      const bytes = sample[which];
      const flips = form.name.includes('Ed25519') ? [1, 128] : FLIPS;
      const unseen: string[] = [];
      for (let i = 0; i < bytes.length; i++) {
        const edited = Buffer.from(bytes);
        for (const by of flips) {
          edited[i] = (bytes[i] as number) ^ by;
          if (found(form, { ...sample, [which]: edited }).length === 0) unseen.push(`${i} ^ ${by}`);
        }
      }
      expect(unseen).toEqual([]);
    },
    180_000,
  );

  test('audit verify - finds a tail that is cut off at each byte, and tells how many lines are gone', () => {
    const { file, head } = sampleOf(form);
    for (let size = 0; size < file.length; size++) {
      const whole = file.subarray(0, size).toString('latin1').split('\n').length - 1;
      const gone = whole === LINES - 1 ? `line ${LINES} is` : `lines ${whole + 1} to ${LINES} are`;
      expect(found(form, { file: file.subarray(0, size), head })).toEqual([
        ` it ends with line ${whole}, and its head file says ${LINES}: ${gone} cut off`,
      ]);
    }
  });

  test('audit verify - finds each byte that is taken out, each that is put in, and each part', () => {
    const { file, head } = sampleOf(form);
    for (let i = 0; i < file.length; i++) {
      for (const bytes of [Buffer.alloc(0), Buffer.from([file[i] as number, 0x20]), Buffer.from('\n\n')]) {
        const edited = Buffer.concat([file.subarray(0, i), bytes, file.subarray(i + 1)]);
        expect(found(form, { file: edited, head })).not.toEqual([]);
      }
    }
  }, 180_000);

  test('audit verify - finds each line that is removed, doubled, swapped or inserted', () => {
    const { file, head } = sampleOf(form);
    const lines = linesIn(file);
    const wrong: string[][] = [];
    for (let i = 0; i < LINES; i++) {
      wrong.push(lines.filter((_, at) => at !== i));
      for (let at = 0; at <= LINES; at++) {
        wrong.push([...lines.slice(0, at), lines[i] as string, ...lines.slice(at)]);
        if (at >= LINES || at === i) continue;
        const swapped = [...lines];
        [swapped[i], swapped[at]] = [lines[at] as string, lines[i] as string];
        wrong.push(swapped);
      }
    }
    for (const edited of wrong) expect(found(form, { file: fileOf(edited), head })).not.toEqual([]);
  });

  test('audit verify - names the first line that is wrong', () => {
    const { file, head } = sampleOf(form);
    const lines = linesIn(file);
    lines[1] = (lines[1] as string).replace('"message":"1"', '"message":"9"');
    const [problem] = found(form, { file: fileOf(lines), head });
    expect(problem).toMatch(
      form.keys ? /^2 its signature is wrong/ : /^2 its hash is not the one that the line behind it/,
    );
  });

  test('audit verify - an attacker who writes all anew is found by signatures alone', () => {
    const lines = linesIn(sampleOf(form).file);
    const [first, second, ...others] = lines as [string, string, ...string[]];
    const edits = [
      [first, second.replace('"message":"1"', '"message":"9"'), ...others],
      [first, ...others],
      [first, second, second, ...others],
      [second, first, ...others],
      lines.slice(0, -1),
      lines.map((line) => line.replace(/,"sig":"[0-9a-f]*"/, '').replace('"key":"test",', '')),
    ];
    const answers = edits.map((edited) => found(form, writtenAnew(edited)));
    for (const answer of answers) expect(answer.length > 0).toBe(form.keys !== undefined);
  });

  test('audit verify - one who puts an older state back, head and all, is found by a head that was kept elsewhere alone', () => {
    const { file } = sampleOf(form);
    const older = sampleOf(form, LINES - 1);
    const last = linesIn(file).at(-1) as string;
    const kept: Place = { seq: LINES, hash: createHash('sha256').update(last, 'latin1').digest('hex') };
    expect(found(form, older)).toEqual([]);
    expect(found(form, older, kept)).toEqual([expect.stringContaining('an older state was put back')]);
    expect(found(form, sampleOf(form), kept)).toEqual([]);
    const before: Place = { seq: LINES, hash: kept.hash.replace(/^./, (c) => (c === '0' ? '1' : '0')) };
    expect(found(form, sampleOf(form), before)).toEqual([
      expect.stringContaining('is another one than the head'),
    ]);
  });

  test('audit verify - one who has the last state alone can not put the one before it back by its head file', () => {
    // The head file holds the record before too: alone, or twice, it is none.
    const { head } = sampleOf(form);
    const older = sampleOf(form, LINES - 1);
    const [a, b] = [head.subarray(0, 512), head.subarray(512)];
    for (const made of [a, b, Buffer.concat([a, a]), Buffer.concat([b, b]), Buffer.concat([b, a])])
      expect(found(form, { file: older.file, head: made })).not.toEqual([]);
  });
});

test('audit verify - a signed trail in place of another with the same key is found by a head that was kept elsewhere', async () => {
  const form = FORMS[1] as Form;
  const path = folder.file('other.jsonl');
  const { trail } = trailAt(path, { signer: form.signer });
  for (const emission of numbered(LINES + 2)) await trail.append(emission);
  await trail.close();
  copyFileSync(path, folder.file('copy.jsonl'));
  const other = { file: readFileSync(path), head: readFileSync(`${path}.head`) };
  expect(found(form, other)).toEqual([]);
  writeFileSync(path, '');
  expect(found(form, other, { seq: LINES, hash: 'f'.repeat(64) })).toEqual([
    expect.stringContaining('is another one than the head'),
  ]);
});
