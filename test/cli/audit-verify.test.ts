import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run-command.js';
import type { AuditFileOptions } from '../../src/sinks/audit-file.js';
import { auditFile } from '../../src/sinks/audit-file.js';
import { Folder } from '../audit/helpers.js';
import { PRIVATE_KEY, PUBLIC_KEY } from '../audit/keys.js';
import { callOf, numbered } from '../delivery/helpers.js';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = new Folder();
  path = folder.file();
});
afterEach(() => folder.remove());

async function verify(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = [];
  const code = await run(['audit', 'verify', ...args], {
    say: (line) => void lines.push(line),
    paint: (_, text) => text,
  });
  return { code, said: lines.join('\n').replaceAll(`${folder.path}/`, '') };
}

async function written(n: number, more: Partial<AuditFileOptions> = {}): Promise<void> {
  const sink = auditFile({ path, ...more });
  for (const one of numbered(n)) await sink(one, callOf());
  await sink.close?.();
}

const SECRET = 's'.repeat(40);

describe('audit verify', () => {
  test('audit verify - says how many lines are valid, and the head, and what is not proved', async () => {
    await written(3);
    const { code, said } = await verify(path);
    expect(said).toMatch(
      /^valid audit.jsonl: 3 lines, head 3:[0-9a-f]{64}\n {6}no line is signed: anybody who can write the files may have rewritten the whole trail$/,
    );
    expect(code).toBe(0);
  });

  test('audit verify - reads the full files that the trail has compressed', async () => {
    await written(5, { rotate: { maxLines: 2, gzip: true } });
    expect(await verify(path)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^valid audit.jsonl.1.gz, audit.jsonl.2, audit.jsonl: 5 lines/),
    });
  });

  test('audit verify - reads the full files beside the one that is named, and those that are elsewhere or packed', async () => {
    await written(5, { rotate: { maxLines: 2 } });
    expect(await verify(path)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^valid audit.jsonl.1, audit.jsonl.2, audit.jsonl: 5 lines/),
    });
    mkdirSync(folder.file('old'));
    renameSync(`${path}.1`, folder.file('old/a'));
    writeFileSync(folder.file('old/b.gz'), gzipSync(readFileSync(`${path}.2`)));
    rmSync(`${path}.2`);
    const without = await verify(path);
    expect(without.said).toContain('audit.jsonl line 1: its number is 5: lines 1 to 4 are missing');
    expect(without.code).toBe(1);
    expect(await verify(path, folder.file('old/b.gz'), folder.file('old/a'))).toMatchObject({ code: 0 });
    const head =
      /head (\S+)/.exec((await verify(path, folder.file('old/b.gz'), folder.file('old/a'))).said)?.[1] ?? '';
    rmSync(folder.file('old/a'));
    const first = JSON.parse(folder.text().split('\n')[0] as string) as { readonly prev: string };
    expect(await verify(path, '--after', `4:${first.prev}`, '--expect-head', head)).toMatchObject({
      code: 0,
    });
    expect(await verify(path, '--after', `3:${first.prev}`)).toMatchObject({ code: 1 });
  });

  test('audit verify - looks at signatures with a secret or a public key, and at some that are another’s', async () => {
    writeFileSync(folder.file('secret'), SECRET);
    writeFileSync(folder.file('other'), 'x'.repeat(40));
    await written(2, { key: { id: 'a', secret: SECRET } });
    expect((await verify(path)).said).toContain('signatures were not checked: give --key');
    const key = (text: string): string => text.replace('=', `=${folder.path}/`);
    expect(await verify(path, '--key', key('a=secret'))).toMatchObject({
      code: 0,
      said: expect.stringContaining('every line is signed with a given key'),
    });
    expect((await verify(path, '--key', key('a=other'))).said).toContain('line 1: its signature is wrong');
    expect((await verify(path, '--key', key('b=secret'))).said).toContain("a key that was not given, 'a'");
    // The key is changed.
    await written(1, { key: { id: 'b', privateKey: PRIVATE_KEY } });
    writeFileSync(folder.file('public.pem'), PUBLIC_KEY);
    expect(await verify(path, '--key', key('b=public.pem'))).toMatchObject({ code: 1 });
    expect(
      await verify(path, `--key=a=${folder.file('secret')},b=${folder.file('public.pem')}`),
    ).toMatchObject({
      code: 0,
    });
    writeFileSync(folder.file('none.pem'), '-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----\n');
    expect(await verify(path, '--key', key('a=none.pem'))).toMatchObject({
      code: 2,
      said: expect.stringContaining('holds no key of the kind Ed25519'),
    });
  });

  test('audit verify - is not taken in by an older state, where a head was kept', async () => {
    await written(2);
    for (const file of ['', '.head']) copyFileSync(`${path}${file}`, folder.file(`older${file}`));
    await written(2);
    copyFileSync(`${path}.head`, folder.file('kept'));
    expect(await verify(path, '--expect-head', folder.file('kept'))).toMatchObject({ code: 0 });
    for (const file of ['', '.head']) copyFileSync(folder.file(`older${file}`), `${path}${file}`);
    expect(await verify(path)).toMatchObject({ code: 0 });
    const { code, said } = await verify(path, '--expect-head', folder.file('kept'));
    expect(said).toContain('line 4 of the head that was expected is not there: an older state was put back');
    expect(code).toBe(1);
  });

  test('audit verify - tells lines that say what is missing, and a head file that is', async () => {
    await written(1);
    writeFileSync(path, `${folder.text()}{"torn`);
    await written(1);
    const good = await verify(path);
    expect(good.said).toContain('1 line of them says what is missing or was found: torn_tail (line 2)');
    rmSync(`${path}.head`);
    expect(await verify(path)).toEqual({
      code: 1,
      said: 'wrong audit.jsonl: its head file is missing: the files do not show whether lines were cut off its end\nNot valid.',
    });
    const head = /head (\S+)/.exec(good.said)?.[1] ?? '';
    expect(await verify(path, '--expect-head', head)).toMatchObject({ code: 0 });
  });

  test('audit verify - forgives a head file that is missing where the last line is the expected one alone', async () => {
    await written(2);
    const kept = /head (\S+)/.exec((await verify(path)).said)?.[1] ?? '';
    await written(4);
    const lines = folder.text().split('\n');
    writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n`);
    rmSync(`${path}.head`);
    expect(await verify(path, '--expect-head', kept)).toMatchObject({
      code: 1,
      said: expect.stringContaining('its head file is missing'),
    });
    writeFileSync(path, `${lines.slice(0, 2).join('\n')}\n`);
    expect(await verify(path, '--expect-head', kept)).toMatchObject({ code: 0 });
  });

  test('audit verify - a trail that went on without its head file is valid to who has kept a later head alone', async () => {
    const key = { id: 'a', secret: SECRET };
    writeFileSync(folder.file('secret'), SECRET);
    await written(6, { key });
    const before = /head (\S+)/.exec((await verify(path)).said)?.[1] ?? '';
    const cut = folder.text().split('\n').slice(0, 3).join('\n');
    writeFileSync(path, `${cut}\n`);
    rmSync(`${path}.head`);
    await written(3, { key });
    const keys = `--key=a=${folder.file('secret')}`;
    const { code, said } = await verify(path, keys);
    expect(said).toContain('wrong audit.jsonl line 4: its head file was missing or damaged');
    expect(code).toBe(1);
    expect(await verify(path, keys, '--expect-head', before)).toMatchObject({ code: 1 });
    const [third, fourth] = folder.text().split('\n').slice(2, 4) as [string, string];
    const headOf = (seq: number, line: string): string =>
      `${seq}:${createHash('sha256').update(line).digest('hex')}`;
    expect(await verify(path, keys, '--expect-head', headOf(3, third))).toMatchObject({ code: 1 });
    expect(await verify(path, keys, '--expect-head', headOf(4, fourth))).toMatchObject({
      code: 0,
      said: expect.stringContaining('1 line of them says what is missing or was found: head (line 4)'),
    });
  });

  test('audit verify - a part of a line at the end is no problem while a process that lives writes the trail', async () => {
    const sink = auditFile({ path });
    for (const one of numbered(2)) await sink(one, callOf());
    const whole = folder.text();
    writeFileSync(path, `${whole}{"audit":1,`);
    expect(await verify(path)).toMatchObject({
      code: 0,
      said: expect.stringContaining('11 bytes after them belong to a line that is being written'),
    });
    writeFileSync(path, whole);
    await sink.close?.();
    writeFileSync(path, `${whole}{"audit":1,`);
    expect(await verify(path)).toMatchObject({ code: 1, said: expect.stringContaining('no whole line') });
  });

  test('audit verify - reads a trail anew that was rotated while it was read', async () => {
    await written(2);
    for (const end of ['', '.head']) copyFileSync(`${path}${end}`, folder.file(`before${end}`));
    renameSync(path, `${path}.1`);
    await written(1);
    for (const end of ['', '.head']) renameSync(`${path}${end}`, folder.file(`next${end}`));
    rmSync(`${path}.1`);
    for (const end of ['', '.head']) renameSync(folder.file(`before${end}`), `${path}${end}`);
    const answer = verify(path);
    // The files are listed, and none of them is read yet.
    renameSync(path, `${path}.1`);
    for (const end of ['', '.head']) renameSync(folder.file(`next${end}`), `${path}${end}`);
    expect(await answer).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^valid audit.jsonl.1, audit.jsonl: 3 lines/),
    });
  });

  test('audit verify - takes a secret whose file ends with a newline', async () => {
    await written(2, { key: { id: 'a', secret: SECRET } });
    for (const end of ['\n', '\r\n']) {
      writeFileSync(folder.file('secret'), `${SECRET}${end}`);
      expect(await verify(path, `--key=a=${folder.file('secret')}`)).toMatchObject({ code: 0 });
    }
    writeFileSync(folder.file('secret'), `${SECRET}\n\n`);
    expect(await verify(path, `--key=a=${folder.file('secret')}`)).toMatchObject({ code: 1 });
  });

  test.each([
    [[], 'give the file of an audit trail'],
    [['nowhere.jsonl'], "there is no file 'nowhere.jsonl'."],
    [['FILE', '--key', 'secret'], "--key is 'secret'. Write --key ID=FILE"],
    [['FILE', '--expect-head', '12'], "--expect-head is '12'. Give SEQ:HASH"],
    [['FILE', '--exect-head', '12'], "there is no option '--exect-head'. Did you mean 'expect-head'?"],
  ])('audit verify - %j is a command line that is wrong', async (args, message) => {
    await written(1);
    const { code, said } = await verify(...args.map((arg) => (arg === 'FILE' ? path : arg)));
    expect(said).toContain(message);
    expect(code).toBe(2);
  });

  test('audit verify - the hash is that of other tools', async () => {
    await written(2);
    const [first, second] = folder.text().split('\n') as [string, string];
    const hash = execFileSync('sha256sum', { input: first, encoding: 'utf8' }).slice(0, 64);
    expect(JSON.parse(second)).toMatchObject({ prev: hash });
  });
});
