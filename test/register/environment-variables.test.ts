import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/register/environment-variables.js';

describe('settingsOf()', () => {
  test('settingsOf() - reads each variable, and leaves alone what is not there or empty', () => {
    const { settings, problems } = settingsOf({
      SIGNALBOX_CONSOLE: 'pretty',
      SIGNALBOX_JOB_TYPES: 'receipt, invoice',
      SIGNALBOX_MONITOR: 'mail',
      SIGNALBOX_SPAN_EVENTS: 'off',
      SIGNALBOX_RELATION: 'link',
      OTEL_SERVICE_NAME: 'shop',
    });
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      console: 'pretty',
      jobTypes: ['receipt', 'invoice'],
      monitor: ['mail'],
      spanEvents: 'off',
      relation: 'link',
    });
    expect(settingsOf({ SIGNALBOX_CONSOLE: '' })).toEqual({
      settings: {
        console: undefined,
        jobTypes: undefined,
        monitor: [],
        spanEvents: undefined,
        relation: undefined,
      },
      problems: [],
    });
  });

  test('settingsOf() - an unknown variable is told with the one that was meant', () => {
    expect(settingsOf({ SIGNALBOX_JOB_TYPE: 'receipt' }).problems).toEqual([
      expect.stringMatching(
        /^signalbox\/register: there is no variable 'SIGNALBOX_JOB_TYPE'\. Did you mean 'SIGNALBOX_JOB_TYPES'\? There are/,
      ),
    ]);
  });

  test('settingsOf() - a value that is not valid is told, and is as if it was not there', () => {
    const { settings, problems } = settingsOf({
      SIGNALBOX_CONSOLE: 'colour',
      SIGNALBOX_MONITOR: 'mail,,images',
      SIGNALBOX_LEVEL: 'info,JOB_*=loud',
    });
    expect(settings).toMatchObject({ console: undefined, monitor: ['mail', 'images'] });
    expect(problems).toEqual([
      "signalbox/register: `SIGNALBOX_CONSOLE` is 'colour'. Use 'pretty' or 'json'.",
      "signalbox/register: `SIGNALBOX_MONITOR` is 'mail,,images'. Give names with a comma between them, as in mail,images.",
      "signalbox/register: SIGNALBOX_LEVEL: `JOB_*` is 'loud'. Use 'trace', 'debug', 'info', 'warn', 'error', 'fatal' or 'off'.",
    ]);
  });
});

test('docs/zero-code.md - its table has each variable, and no other', () => {
  const page = readFileSync('docs/zero-code.md', 'utf8');
  const rows = [...page.matchAll(/^\| `(SIGNALBOX_\w+)`/gm)].map(([, name]) => name ?? '');
  expect(rows.length).toBeGreaterThan(0);
  const [problem = ''] = settingsOf({ SIGNALBOX_NONE: '' }).problems;
  const known = [...problem.matchAll(/`(SIGNALBOX_\w+)`/g)].map(([, name]) => name);
  expect(rows.sort()).toEqual(known.sort());
});
