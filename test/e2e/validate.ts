import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { programs } from './programs/programs.js';
import { repository } from './stack/compose-file.js';
import { TAIL_SAMPLING, TAIL_SAMPLING_COMPOSE } from './stack/overlays.js';

const exec = promisify(execFile);
const CHECK_MILLIS = 60_000;

export interface ValidateOptions {
  /** Progress, a check at a time. Default: none. */
  readonly say?: (line: string) => void;
  /** The top of the files to look at. Default: this repository. */
  readonly root?: string;
}

interface Check {
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Has each program read its own configuration file. Gives what was refused, in the program's words; nothing where all is well. */
export async function validate({
  say = () => {},
  root = repository,
}: ValidateOptions = {}): Promise<string[]> {
  const paths = await programs({ say });
  const scratch = await mkdtemp(join(tmpdir(), 'signalbox-validate-'));
  const at = (...path: string[]): string => join(root, ...path);
  try {
    const checks: Check[] = [
      {
        what: 'otelcol validate otel-collector.yaml',
        program: paths.otelcol,
        args: ['validate', `--config=${at('otel-collector.yaml')}`],
        env: { QUEUE_DIRECTORY: join(scratch, 'queue') },
      },
      {
        what: `otelcol validate otel-collector.yaml, over it ${TAIL_SAMPLING}`,
        program: paths.otelcol,
        args: ['validate', `--config=${at('otel-collector.yaml')}`, `--config=${at(TAIL_SAMPLING)}`],
        env: { QUEUE_DIRECTORY: join(scratch, 'queue') },
      },
      {
        what: 'jaeger validate deploy/jaeger/config.yaml',
        program: paths.jaeger,
        args: ['validate', `--config=${at('deploy/jaeger/config.yaml')}`],
        env: { BADGER_DIRECTORY: join(scratch, 'badger'), UI_CONFIG: at('deploy/jaeger/ui.json') },
      },
      {
        what: 'promtool check config deploy/prometheus/prometheus.yml',
        program: paths.promtool,
        args: ['check', 'config', '--lint-fatal', at('deploy/prometheus/prometheus.yml')],
      },
      {
        what: 'the compose loader on docker-compose.yml',
        program: paths.composeLoader,
        args: [at('docker-compose.yml')],
      },
      {
        what: `the compose loader on docker-compose.yml, over it ${TAIL_SAMPLING_COMPOSE}`,
        program: paths.composeLoader,
        args: [at('docker-compose.yml'), at(TAIL_SAMPLING_COMPOSE)],
      },
    ];
    for (const file of await yamlFiles(at('deploy/prometheus/rules')))
      checks.push({
        what: `promtool check rules ${relative(root, file)}`,
        program: paths.promtool,
        args: ['check', 'rules', '--lint=all', '--lint-fatal', file],
      });
    for (const file of await ruleTests(root))
      checks.push({
        what: `promtool test rules ${relative(root, file)}`,
        program: paths.promtool,
        args: ['test', 'rules', file],
      });
    const problems: string[] = [];
    for (const { what, program, args, env = {} } of checks) {
      say(what);
      try {
        await exec(program, args, {
          cwd: root,
          timeout: CHECK_MILLIS,
          env: { PATH: process.env.PATH, HOME: scratch, ...env },
        });
      } catch (error) {
        problems.push(`${what}: ${words(error)}`);
      }
    }
    return problems;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Files of unit tests for rules, wherever they lie: they name rule files and tests. */
export async function ruleTests(root: string): Promise<string[]> {
  const files = [...(await yamlFiles(join(root, 'deploy'))), ...(await yamlFiles(join(root, 'test')))];
  const found: string[] = [];
  for (const file of files) {
    const document: unknown = parse(await readFile(file, 'utf8'));
    if (typeof document === 'object' && document !== null && 'rule_files' in document && 'tests' in document)
      found.push(file);
  }
  return found;
}

async function yamlFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  return entries
    .filter((name) => /\.ya?ml$/.test(name) && !name.includes('node_modules'))
    .sort()
    .map((name) => join(directory, name));
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  return `${stderr}${stdout}`.trim() || error.message;
}
