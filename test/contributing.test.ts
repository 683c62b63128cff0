import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BELOW } from './layers.js';

const text = readFileSync('CONTRIBUTING.md', 'utf8');

/** The rooms that lie below a room, over one import or several. */
function reachable(room: string): Set<string> {
  const found = new Set<string>();
  const open = [...(BELOW[room] ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(BELOW[next] ?? []));
  }
  return found;
}

/** The imports that no other import of the room stands for. */
function arrows(): string[] {
  return Object.entries(BELOW).flatMap(([room, below]) =>
    below
      .filter((to) => !below.some((over) => over !== to && reachable(over).has(to)))
      .map((to) => `${room} --> ${to}`),
  );
}

describe('CONTRIBUTING.md', () => {
  test('the picture of the rooms - has the arrows of the layering test, and no others', () => {
    const [, picture = ''] = /```mermaid\ngraph TD\n(.*?)```/s.exec(text) ?? [];
    const drawn = picture.split('\n').map((line) => line.trim());
    expect(drawn.filter((line) => line !== '').sort()).toEqual(arrows().sort());
  });

  test('the table of the rooms - has each of them', () => {
    const rooms = [...new Set(Object.keys(BELOW).map((room) => room.split('/')[0]))];
    for (const room of rooms.filter((name) => name !== 'index')) expect(text).toContain(`\`${room}/\``);
  });

  test('the files that it names - are there', () => {
    const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(path) && !existsSync(`src/${path}`))).toEqual([]);
  });

  test('the tests that its commands run - are there', () => {
    const run = [...text.matchAll(/`npx vitest run ([^`]+)`/g)].flatMap(([, args = '']) => args.split(' '));
    const named = run.filter((arg) => arg.includes('/'));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('the commands that it names - are scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
