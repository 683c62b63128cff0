import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, expect, test, vi } from 'vitest';
import { realFiles } from '../../src/audit/file-system.js';
import { Folder } from './helpers.js';

const folder = new Folder();
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  folder.remove();
});

test('makeFolder() - has the disk keep the name of each folder that it makes', () => {
  const opened = new Map<number, string>();
  const synced: string[] = [];
  const { openSync, fsyncSync } = fs;
  vi.spyOn(fs, 'openSync').mockImplementation((path, ...rest) => {
    const fd = openSync(path, ...rest);
    opened.set(fd, String(path));
    return fd;
  });
  vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
    synced.push(opened.get(fd) ?? '');
    fsyncSync(fd);
  });
  syncBuiltinESMExports();
  realFiles.makeFolder(folder.file('a/b/c'));
  expect(synced.sort()).toEqual([folder.path, folder.file('a'), folder.file('a/b')]);
  synced.length = 0;
  realFiles.makeFolder(folder.file('a/b/c'));
  expect(synced).toEqual([]);
});
