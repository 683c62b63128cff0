import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run-command.js';

/** Runs a command line in this process. */
async function signalbox(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly said: string }> {
  const lines: string[] = [];
  const code = await run(args, { say: (line) => void lines.push(line), paint: (_, text) => text });
  return { code, said: lines.join('\n') };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run() - the command line', () => {
  test.each([['--help'], ['-h'], ['help'], ['doctor', '--help']])(
    'run() - says how commands are written: %s %s',
    async (...args) => {
      const { code, said } = await signalbox(...args.filter(Boolean));
      expect(said).toContain('npx signalbox doctor [--seconds N] -- node app.js');
      expect(code).toBe(0);
    },
  );

  test('run() - says no keys that stand in an address, whether it is asked or refused', async () => {
    const asked = await signalbox(
      'doctor',
      '--endpoint',
      'http://key:secret@127.0.0.1:1/v1/logs?token=hidden',
    );
    expect(asked.said).toContain('http://127.0.0.1:1/v1/logs: nothing takes connections');
    const refused = await signalbox('doctor', '--endpoint', 'ftp://key:secret@host/x?token=hidden');
    expect(refused.said).toContain("the endpoint is 'ftp://host/x'");
    for (const { said } of [asked, refused]) expect(said).not.toMatch(/secret|hidden/);
  });

  test('run() - says it too where no command is given, which is no success', async () => {
    const { code, said } = await signalbox();
    for (const words of ['doctor', 'dashboards export', 'rules export'])
      expect(said).toContain(`npx signalbox ${words}`);
    expect(code).toBe(2);
  });

  test.each<[readonly string[], string]>([
    [['docter'], "there is no command 'docter'. Did you mean 'doctor'?"],
    [
      ['dashboard', 'export', 'x'],
      "there is no command 'dashboard export'. Did you mean 'dashboards export'?",
    ],
    [['doctor'], 'give either an app after `--`, or --endpoint with a URL.'],
    [['doctor', '--endpoint', 'http://localhost:4318', '--', 'node', 'app.js'], 'give either an app'],
    [['doctor', 'node', 'app.js'], "'node' stands before `--`. Write doctor -- node app.js."],
    [['doctor', '--endpiont', 'x'], "there is no option '--endpiont'. Did you mean 'endpoint'?"],
    [['doctor', '--endpoint'], '--endpoint has no value. Write --endpoint VALUE.'],
    [['doctor', '--endpoint', 'localhost:4318'], "Did you mean 'http://localhost:4318'?"],
    [
      ['doctor', '--endpoint', 'ftp://x'],
      "the endpoint is 'ftp://x', which is not a URL with http:// or https://.",
    ],
    [
      ['doctor', '--endpoint', 'http://localhost:1', '--protocol', 'http/protobuff'],
      "--protocol is 'http/protobuff'. Did you mean 'http/protobuf'? Use http/protobuf, http/json, grpc.",
    ],
    [
      ['doctor', '--seconds', 'soon', '--', 'node'],
      "--seconds is 'soon'. Give a number above 0, at most 3600.",
    ],
    [['rules', 'export'], 'give one folder to copy to, not 0.'],
    [['rules', 'export', 'a', 'b'], 'give one folder to copy to, not 2.'],
    [['rules', 'export', 'a', '--force=yes'], "--force takes no value, but has 'yes'."],
  ])('run() - refuses a command line that is wrong, with the fix: %j', async (args, sentence) => {
    const { code, said } = await signalbox(...args);
    expect(said).toContain(sentence);
    expect(code).toBe(2);
  });
});

describe.each([
  ['dashboards export', 'deploy/grafana/dashboards'],
  ['rules export', 'deploy/prometheus/rules'],
])('%s', (words, source) => {
  const target = (): string => join(folder, words.replace(' ', '-'), 'of', 'mine');
  const command = (...args: readonly string[]) => signalbox(...words.split(' '), target(), ...args);
  const names = readdirSync(source);

  test('export - makes the folder and copies every file', async () => {
    const { code, said } = await command();
    expect(code).toBe(0);
    expect(readdirSync(target()).sort()).toEqual(names.sort());
    expect(names.length).toBeGreaterThanOrEqual(2);
    for (const name of names) {
      expect(readFileSync(join(target(), name), 'utf8')).toBe(readFileSync(join(source, name), 'utf8'));
      expect(said).toContain(join(target(), name));
    }
  });

  test('export - leaves files that are the same as they are, again and again', async () => {
    const { code, said } = await command();
    expect(code).toBe(0);
    for (const name of names) expect(said).toContain(`${join(target(), name)} is the same`);
  });

  test('export - overwrites nothing that differs, and writes nothing else then, but with --force', async () => {
    const [first = '', second = ''] = names;
    writeFileSync(join(target(), first), 'changed');
    rmSync(join(target(), second));
    const { code, said } = await command();
    expect(said).toContain(`${join(target(), first)} differs`);
    expect(said).toContain('Nothing was written. With --force these files are overwritten.');
    expect(readFileSync(join(target(), first), 'utf8')).toBe('changed');
    expect(readdirSync(target())).not.toContain(second);
    expect(code).toBe(1);
    expect((await command('--force')).code).toBe(0);
    expect(readFileSync(join(target(), first), 'utf8')).toBe(readFileSync(join(source, first), 'utf8'));
    expect(readdirSync(target()).sort()).toEqual(names.sort());
  });

  test('export - says what stands in the way of a file, and ends with 2', async () => {
    const [first = ''] = names;
    rmSync(join(target(), first));
    mkdirSync(join(target(), first));
    const { code, said } = await command();
    expect(said).toMatch(new RegExp(`^signalbox ${words}: EISDIR`));
    expect(code).toBe(2);
  });
});
