import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packed } from './support/packed.js';

const { folder, work } = packed();

/** An app that has the package as an ES module and as CommonJS, what throws and what catches. */
const APP = `
import { createRequire } from 'node:module';
import * as esm from 'signalbox';
import { createJobs as esmJobs } from 'signalbox/jobs';
const require = createRequire(import.meta.url);
const cjs = require('signalbox');
const { createJobs: cjsJobs } = require('signalbox/jobs');

function thrownBy(fn) {
  try { fn(); } catch (error) { return error; }
}
const errors = {
  esm: thrownBy(() => esm.defineSignal('no name', {})),
  cjs: thrownBy(() => cjs.defineSignal('no name', {})),
  'esm, jobs': thrownBy(() => esmJobs({})),
  'cjs, jobs': thrownBy(() => cjsJobs({})),
};
console.log(JSON.stringify({
  copies: esm.SignalboxError === cjs.SignalboxError ? 1 : 2,
  known: Object.entries(errors).flatMap(([from, error]) =>
    [['esm', esm], ['cjs', cjs]].map(([by, { SignalboxError }]) => [from, by, error instanceof SignalboxError, error.name])),
  others: [esm, cjs].map(({ SignalboxError }) => new Error('other') instanceof SignalboxError),
}));
`;

describe('formats - an app that has both', () => {
  const app = join(work, 'formats');
  beforeAll(() => {
    rmSync(app, { recursive: true, force: true });
    mkdirSync(join(app, 'node_modules'), { recursive: true });
    cpSync(folder, join(app, 'node_modules/signalbox'), { recursive: true });
    writeFileSync(join(app, 'app.mjs'), APP);
  });

  test('SignalboxError - one of either copy is an instance of both', () => {
    const told = JSON.parse(execFileSync(process.execPath, [join(app, 'app.mjs')], { encoding: 'utf8' }));
    // Were there one copy alone, the rest would show nothing.
    expect(told.copies).toBe(2);
    expect(told.known).toHaveLength(8);
    for (const [from, by, isKnown, name] of told.known)
      expect({ from, by, isKnown, name }).toEqual({ from, by, isKnown: true, name: 'SignalboxError' });
    expect(told.others).toEqual([false, false]);
  });
});
