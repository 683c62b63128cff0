import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A viewer of telemetry, running. */
export interface Viewer {
  /** For the browser. */
  readonly address: string;
  /** The base URL of its OTLP/HTTP intake. */
  readonly endpoint: string;
}

/** The viewer can not be had here. Its message says what to do instead. */
export class NoViewer extends Error {}

const PLATFORM = 'linux-x64';
const PACKAGE = '@microsoft/aspire-cli-linux-x64';
const VERSION = '13.5.4';
const SIZE = '151 MB';
const START_MILLIS = 60_000;

/**
 * Starts the Aspire dashboard, and installs it first where it is not yet. It is ended with this process.
 *
 * @param say Told what goes on, a line each.
 * @throws {NoViewer} Where there is none for this platform, or it can not be installed or started.
 */
export async function startViewer(say: (line: string) => void): Promise<Viewer> {
  if (`${process.platform}-${process.arch}` !== PLATFORM) {
    throw new NoViewer(
      `--view knows a viewer for ${PLATFORM} only, and this is ${process.platform}-${process.arch}. ` +
        'Start any viewer of OTLP yourself and give its address with --otlp URL.',
    );
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), `signalbox-viewer-${VERSION}`);
  const program = join(cache, 'node_modules', PACKAGE, 'bin', 'aspire');
  if (!existsSync(program)) {
    say(`viewer: installs ${PACKAGE}@${VERSION} (${SIZE}), once, into ${cache}`);
    await install(cache);
  }
  return await run(program);
}

async function install(cache: string): Promise<void> {
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    cache,
    `${PACKAGE}@${VERSION}`,
  ];
  const npm = spawn('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const failure = await ending(npm);
  if (failure !== undefined)
    throw new NoViewer(`--view: npm could not install ${PACKAGE}@${VERSION}: ${failure}.`);
}

async function run(program: string): Promise<Viewer> {
  const [page, grpc, http] = [await freePort(18_888), await freePort(4317), await freePort(4318)];
  const address = `http://127.0.0.1:${page}`;
  const endpoint = `http://127.0.0.1:${http}`;
  const args = ['dashboard', 'run', '--allow-anonymous', '--non-interactive', '--nologo'];
  args.push(
    '--frontend-url',
    address,
    '--otlp-grpc-url',
    `http://127.0.0.1:${grpc}`,
    '--otlp-http-url',
    endpoint,
  );
  // Nothing of it calls anyone: neither with its own telemetry nor for a newer version.
  const quiet = { ASPIRE_CLI_TELEMETRY_OPTOUT: '1', features__updateNotificationsEnabled: 'false' };
  const env = { ...process.env, ...quiet };
  // A group of its own: it starts a process itself, and Ctrl-C here is not meant for it.
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  process.once('exit', () => endGroup(child));

  const ended = ending(child);
  const answered = answers(address, AbortSignal.timeout(START_MILLIS));
  const failure = await Promise.race([
    answered.then((yes) => (yes ? undefined : `it did not answer within ${START_MILLIS / 1000} s`)),
    ended.then((reason) => reason ?? 'it ended at once'),
  ]);
  if (failure !== undefined) throw new NoViewer(`--view: the dashboard could not be started: ${failure}.`);
  return { address, endpoint };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It is gone already.
  }
}

/** Why a process ended; undefined where it ended well. */
function ending(child: ChildProcess): Promise<string | undefined> {
  let last = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    last = text.trim().split('\n').at(-1) || last;
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(code === 0 ? undefined : last || `it ended with code ${code}`));
  });
}

async function answers(address: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const response = await fetch(address, { signal }).catch(() => undefined);
    if (response?.ok) return true;
    await wait(250);
  }
  return false;
}

/** The port that people know it by, else any that is free. */
async function freePort(preferred: number): Promise<number> {
  return (await portIfFree(preferred)) ?? (await portIfFree(0)) ?? preferred;
}

function portIfFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
