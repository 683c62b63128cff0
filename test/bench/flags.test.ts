import { describe, expect, test } from 'vitest';
import { readBenchFlags } from '../../bench/flags.js';

const IDS = ['fanout-sdk', 'log-sdk', 'jobs-bullmq'];
const NONE = { help: false, all: false, json: undefined, write: false, gate: false, ids: [] };

describe('the flags of npm run bench', () => {
  test('readBenchFlags() - with none, all rows that need no server', () => {
    expect(readBenchFlags([], IDS)).toEqual(NONE);
  });

  test('readBenchFlags() - gives the rows that are named once each, in the order of the table', () => {
    expect(readBenchFlags(['jobs-bullmq', 'fanout-sdk', 'jobs-bullmq'], IDS).ids).toEqual([
      'fanout-sdk',
      'jobs-bullmq',
    ]);
  });

  test('readBenchFlags() - takes flags before and behind rows', () => {
    expect(readBenchFlags(['--all', 'log-sdk', '--json', 'a.json', '--write'], IDS)).toEqual({
      ...{ ...NONE, all: true, json: 'a.json', write: true, ids: ['log-sdk'] },
    });
  });

  test.each([
    [
      'fanout-skd',
      "There is no row 'fanout-skd'. Did you mean 'fanout-sdk'? There are: fanout-sdk, log-sdk, jobs-bullmq.",
    ],
    [
      'jobs-bulmq',
      "There is no row 'jobs-bulmq'. Did you mean 'jobs-bullmq'? There are: fanout-sdk, log-sdk, jobs-bullmq.",
    ],
    ['', "There is no row ''. There are: fanout-sdk, log-sdk, jobs-bullmq."],
    [
      '--al',
      "There is no flag '--al'. Did you mean '--all'? There are: --help, --all, --json, --write, --gate.",
    ],
    ['--engine=x', "There is no flag '--engine'. There are: --help, --all, --json, --write, --gate."],
    ['-x', "There is no flag '-x'. There are: --help, --all, --json, --write, --gate."],
    ['--json=', "--json is ''. Give the file that the figures go into."],
  ])('readBenchFlags() - refuses %o by a sentence that says what there is', (given, sentence) => {
    expect(() => readBenchFlags([given], IDS)).toThrow(sentence);
  });

  test.each([['--json'], ['--all=yes']])('readBenchFlags() - refuses %o, whose value is none', (given) => {
    expect(() => readBenchFlags([given], IDS)).toThrow(given.split('=')[0]);
  });

  test.each([
    [['--gate', '--all'], '--gate counts on this Node alone. Leave --all out, or run it on the other Node.'],
    [
      ['--gate', '--json', 'x'],
      '--gate has no figures of time. Leave --json out, or give --gate in a run of its own.',
    ],
  ])('readBenchFlags() - refuses %o together', (given, sentence) => {
    expect(() => readBenchFlags(given, IDS)).toThrow(sentence);
  });
});
