import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Recorded } from '../recorder/recorded.js';
import type { Recorder } from '../recorder/recorder.js';
import { startRecorder } from '../recorder/recorder.js';
import type { SetUp } from '../set-up.js';
import { credentials } from './credentials.js';
import { guardIn, installedIn } from './places.js';

const DEADLINE_MILLIS = 60_000;

/** A connection that was refused because it would have left this machine. */
export interface Refused {
  readonly call: string;
  readonly where: string;
}

/** What became of one run of the app. */
export interface Played {
  readonly recorded: Recorded;
  /** `box.describe().problems` at the end; undefined where the app ran without signalbox, or did not get there. */
  readonly problems: readonly string[] | undefined;
  readonly refused: readonly Refused[];
  /** Why the run is no run: it ended badly or never. */
  readonly failure: string | undefined;
}

/** Runs the app in a set-up, with signalbox or without, against a recorder of its own. */
export async function play(setUp: SetUp, node: string, observed: boolean): Promise<Played> {
  const kept = join(installedIn(setUp), 'runs', setUp.name, observed ? 'with' : 'without');
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  const tls = JSON.stringify(setUp.env).includes('{secure}') ? await credentials() : undefined;
  const recorder = await startRecorder(tls);
  try {
    const failure = await runApp(setUp, node, observed, recorder, kept, tls?.certFile);
    const facts = linesOf<{ problems: string[] }>(join(kept, 'facts.json'))[0];
    const recorded = recorder.read();
    writeFileSync(join(kept, 'recorded.json'), JSON.stringify(recorded, undefined, 1));
    writeFileSync(
      join(kept, 'requests.txt'),
      recorder.requests
        .map(({ method, url, body }) => `${method} ${url} ${body.length}\n${printable(body)}`)
        .join(''),
    );
    return { recorded, problems: facts?.problems, refused: linesOf(join(kept, 'refused.jsonl')), failure };
  } finally {
    await recorder.close();
  }
}

async function runApp(
  setUp: SetUp,
  node: string,
  observed: boolean,
  recorder: Recorder,
  kept: string,
  certFile: string | undefined,
): Promise<string | undefined> {
  const { args, env, main = 'scenario/main.cjs' } = setUp;
  const folder = installedIn(setUp);
  const child = spawn(node, [...args, main], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: kept,
      NODE_OPTIONS: `--require ${guardIn(folder)}`,
      DISTRIBUTION_OBSERVED: observed ? 'yes' : 'no',
      DISTRIBUTION_FACTS: join(kept, 'facts.json'),
      DISTRIBUTION_REFUSED: join(kept, 'refused.jsonl'),
      ...(certFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: certFile }),
      ...filled(env, recorder),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MILLIS);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  clearTimeout(late);
  writeFileSync(join(kept, 'output.txt'), stdout + stderr);
  if (code === 0) return undefined;
  return `ended with ${signal ?? code}: ${(stderr || stdout).trim().split('\n').slice(-5).join(' / ')}`;
}

/** Texts as they are, so that what was not read can be looked at. */
function printable(body: Buffer): string {
  const text = body.toString('utf8');
  return text.includes('\uFFFD') || text.includes('\0') ? '' : `${text}\n`;
}

function filled(env: SetUp['env'], { port, securePort }: Recorder): Record<string, string> {
  const values: Readonly<Record<string, string>> = {
    url: `http://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port: String(port),
    secure: String(securePort),
  };
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [
      key,
      value.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole),
    ]),
  );
}

function linesOf<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
