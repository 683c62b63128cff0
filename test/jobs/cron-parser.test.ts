import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BuiltPackage } from '../support/built.js';

const built = new BuiltPackage();

beforeAll(() => built.build({ jobs: 'src/jobs/index.ts' }), 60_000);
afterAll(() => built.remove());

/** A program that watches a schedule by a cron expression, and one by an interval, in either format. */
function program(load: string): string {
  return `
    const { createJobs } = ${load};
    const jobs = createJobs(createSignalbox());
    jobs.schedule('minutely', { everyMillis: 60_000 });
    try {
      console.log(jobs.schedule('nightly', { cron: '0 3 * * *', timeZone: 'UTC' }).name);
    } catch (error) {
      console.log(error.name, error.message);
    }
  `;
}

const ESM = program(`await import(${JSON.stringify(join(built.folder, 'jobs.mjs'))})`);
const CJS = program(`require(${JSON.stringify(join(built.folder, 'jobs.cjs'))})`).replace(
  'createSignalbox()',
  `require(${JSON.stringify(join(built.folder, 'index.cjs'))}).createSignalbox()`,
);

/** Has another cron-parser, or none, found from where the package lies. */
function install(files: Readonly<Record<string, string>>): void {
  const modules = join(built.folder, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(modules, name), { recursive: true });
    writeFileSync(join(modules, name, 'index.js'), text);
  }
}

describe('cron-parser', () => {
  test.each([
    ['ESM', ESM],
    ['CJS', CJS],
  ])('schedule() - finds cron-parser from %s', async (_format, code) => {
    const { stdout, stderr } = await built.run(code);
    expect(stderr).toBe('');
    expect(stdout).toBe('nightly\n');
  });

  test('schedule() - without it, says which package is needed; an interval needs none', async () => {
    install({});
    const { stdout } = await built.run(ESM);
    expect(stdout).toMatch(
      /^SignalboxError schedule 'nightly': `cron` needs the package cron-parser, which can not be loaded \(Cannot find module 'cron-parser'\)\. Run `npm install cron-parser`/,
    );
  });

  test('schedule() - takes version 4 of it, and refuses one that is neither', async () => {
    const next = '({ next: () => ({ getTime: () => 0 }) })';
    install({ 'cron-parser': `exports.parseExpression = (expression, { tz, currentDate }) => ${next};` });
    expect((await built.run(ESM)).stdout).toBe('nightly\n');
    install({ 'cron-parser': 'exports.parse = () => undefined;' });
    expect((await built.run(ESM)).stdout).toContain('needs cron-parser 4 or 5');
  });
});
