import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compressFullFiles } from '../../src/audit/compress-full.js';
import { fullPaths } from '../../src/audit/file-names.js';
import { realFiles } from '../../src/audit/file-system.js';
import type { Trail } from '../../src/audit/trail.js';
import { auditFile } from '../../src/sinks/index.js';
import { numbered } from '../delivery/helpers.js';
import { Folder, KEYS, problemsOf, SIGNER, trailAt, verified } from './helpers.js';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = new Folder();
  path = folder.file();
});
afterEach(() => folder.remove());

const full = (): string[] =>
  readdirSync(folder.path)
    .filter((name) => /\.\d+/.test(name))
    .sort();
const all = (): string[] => [...fullPaths(realFiles, path), path];

/** A trail with so many full files of two lines, and one line in the file. */
async function written(files: number, trail: Trail): Promise<void> {
  for (let i = 0; i < files; i++) for (const one of numbered(2)) await trail.append(one);
  for (const one of numbered(1)) await trail.append(one);
  await trail.close();
}

describe('compression', () => {
  test('auditFile() - compresses full files but the newest, and the trail verifies', async () => {
    const { trail, told } = trailAt(path, { rotation: { maxLines: 2, gzip: true }, signer: SIGNER });
    await written(4, trail);
    expect(full()).toEqual(['audit.jsonl.1.gz', 'audit.jsonl.2.gz', 'audit.jsonl.3.gz', 'audit.jsonl.4']);
    expect(told).toEqual([]);
    expect(await verified(all(), KEYS)).toMatchObject({ problems: [], chains: [{ lines: 9 }] });
    expect(statSync(folder.file('audit.jsonl.1.gz')).mode & 0o777).toBe(0o600);
  });

  test('auditFile() - of a trail whose files are compressed goes on with its numbers', async () => {
    const rotation = { maxLines: 2, gzip: true };
    await written(3, trailAt(path, { rotation }).trail);
    await written(2, trailAt(path, { rotation }).trail);
    expect(full()).toEqual([...[1, 2, 3, 4].map((number) => `audit.jsonl.${number}.gz`), 'audit.jsonl.5']);
    expect(await verified(all())).toMatchObject({ problems: [], chains: [{ lines: 12 }] });
  });

  test('auditFile() - a line that was changed in a compressed file is found', async () => {
    const { trail } = trailAt(path, { rotation: { maxLines: 2 } });
    await written(2, trail);
    const text = folder.text('audit.jsonl.1');
    writeFileSync(folder.file('audit.jsonl.1'), text.replace('"seq":2', '"seq":7'));
    await compressFullFiles(path, realFiles);
    expect(await problemsOf(all())).toEqual([expect.stringContaining('audit.jsonl.1.gz:2')]);
  });

  test('compressFullFiles() - finishes what a crash left in both forms, or half compressed', async () => {
    const { trail } = trailAt(path, { rotation: { maxLines: 2 } });
    await written(3, trail);
    const lines = folder.text('audit.jsonl.1');
    writeFileSync(folder.file('audit.jsonl.1.gz'), 'of before the crash');
    writeFileSync(
      folder.file('audit.jsonl.2.gz.tmp'),
      'a part, which is longer than what will be there'.repeat(50),
    );
    expect(await problemsOf(all())).toEqual([]);
    await compressFullFiles(path, realFiles);
    expect(full()).toEqual(['audit.jsonl.1.gz', 'audit.jsonl.2.gz', 'audit.jsonl.3']);
    expect(gunzipSync(readFileSync(folder.file('audit.jsonl.1.gz'))).toString()).toBe(lines);
    expect(await problemsOf(all())).toEqual([]);
  });

  test('auditFile() - a file that can not be compressed stays, which is told, and the trail goes on', async () => {
    mkdirSync(folder.file('audit.jsonl.1.gz.tmp'));
    const { trail, told } = trailAt(path, { rotation: { maxLines: 2, gzip: true } });
    await written(2, trail);
    expect(full()).toEqual(['audit.jsonl.1', 'audit.jsonl.1.gz.tmp', 'audit.jsonl.2']);
    expect(new Set(told)).toEqual(
      new Set(['a full file could not be compressed: it stays as it is until the next one is full']),
    );
    expect(await problemsOf(all())).toEqual([]);
  });

  test('auditFile() - what its last line of losses makes full is compressed before the trail is given up', async () => {
    const { trail } = trailAt(path, { rotation: { maxLines: 2, gzip: true } });
    for (const one of numbered(2)) await trail.append(one);
    for (const one of numbered(2)) await trail.append(one);
    trail.lost('queue_full', 3);
    await trail.close();
    expect(full()).toEqual(['audit.jsonl.1.gz', 'audit.jsonl.2']);
    expect(readdirSync(folder.path)).not.toContain('audit.jsonl.lock');
    expect(await verified(all())).toMatchObject({ problems: [], chains: [{ lines: 5, gaps: { total: 1 } }] });
  });

  test('auditFile() - refuses to compress files of which none is ever full', () => {
    expect(() => auditFile({ path, rotate: { gzip: true } })).toThrow(
      'auditFile: `rotate` has `gzip` alone, and no file is ever full. Say when one is: give `maxBytes`, `maxLines` or `everyMillis`.',
    );
    expect(() => auditFile({ path, rotate: { maxLines: 1, gzip: 1 as never } })).toThrow(
      'auditFile: `rotate.gzip` is 1. Use true or false.',
    );
  });
});
