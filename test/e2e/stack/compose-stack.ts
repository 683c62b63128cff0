import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askLoki, readLoki } from '../read/loki.js';
import { composePath, repository } from './compose-file.js';
import type { Service, ServiceName, Stack, StackOptions } from './stack.js';
import { serviceNames } from './stack.js';

const exec = promisify(execFile);
const UP_MILLIS = 15 * 60_000;
const COMMAND_MILLIS = 5 * 60_000;
const BUFFER = 64 * 1024 * 1024;

const NEEDED = 'Docker Engine 25 or newer with the compose plugin is needed for --docker';

/**
 * The same stack by `docker compose`, on the ports that docker-compose.yml publishes, as a project of its own whose volumes go when
 * it stops. Without the example: the tests run that themselves. Rejects where no engine answers.
 */
export async function composeStack(options: StackOptions = {}): Promise<Stack> {
  const { name = 'stack', services: asked = serviceNames, say = () => {}, keep = false } = options;
  await checkEngine();
  const project = `signalbox-${name}-${process.pid}`;
  const compose = async (args: readonly string[], timeout = COMMAND_MILLIS): Promise<string> => {
    const files = [composePath, ...(options.overlays ?? [])].flatMap((path) => ['--file', path]);
    const all = ['compose', '--project-name', project, ...files, ...args];
    const { stdout } = await exec('docker', all, { cwd: repository, timeout, maxBuffer: BUFFER });
    return stdout;
  };
  const directory = await mkdtemp(join(tmpdir(), `${project}-`));
  const stop = async (): Promise<void> => {
    if (!keep) await compose(['down', '--volumes', '--remove-orphans', '--timeout', '1']);
    await rm(directory, { recursive: true, force: true });
  };
  const wanted = [...asked.flatMap(containersOf), 'grafana'];
  say(`${name}: docker compose up ${wanted.join(' ')}`);
  const logs = (service: ServiceName, lines: number | 'all'): Promise<string> =>
    compose(['logs', '--no-color', '--tail', String(lines), service]);
  try {
    await compose(['up', '--detach', '--wait', ...wanted], UP_MILLIS);
  } catch (error) {
    const told = await compose(['logs', '--no-color', '--tail', '20']).catch(() => '');
    await stop().catch(() => undefined);
    throw new Error(`${name} did not start: ${String(error)}\n${told}`);
  }
  const services = new Map(
    asked.map((service) => [service, container(service, compose, join(directory, `${service}.log`), logs)]),
  );
  const loki = 'http://127.0.0.1:3100';
  return {
    name,
    otlp: 'http://127.0.0.1:4318',
    otlpGrpc: '127.0.0.1:4317',
    jaeger: 'http://127.0.0.1:16686',
    prometheus: 'http://127.0.0.1:9090',
    loki,
    collectorHealth: 'http://127.0.0.1:13133',
    grafana: 'http://127.0.0.1:3000',
    records: async (run) => readLoki(await askLoki(loki, run)),
    refusals: () => [],
    services: [...services.values()],
    service(wantedName) {
      const found = services.get(wantedName);
      if (found === undefined) throw new Error(`${name} was started without ${wantedName}`);
      return found;
    },
    tail: (service, lines = 20) => logs(service, lines),
    stop,
  };
}

async function checkEngine(): Promise<void> {
  try {
    await exec('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: COMMAND_MILLIS });
  } catch (error) {
    throw new Error(`${NEEDED}, and no engine answers \`docker version\`: ${lastLine(error)}`);
  }
  try {
    await exec('docker', ['compose', 'version'], { timeout: COMMAND_MILLIS });
  } catch (error) {
    throw new Error(`${NEEDED}, and \`docker compose version\` fails: ${lastLine(error)}`);
  }
}

function lastLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .trim()
    .split('\n')
    .slice(-1)
    .join('');
}

function containersOf(service: ServiceName): string[] {
  return service === 'collector' ? ['collector', 'collector-health'] : [service];
}

function container(
  name: ServiceName,
  compose: (args: readonly string[]) => Promise<string>,
  logFile: string,
  logs: (service: ServiceName, lines: 'all') => Promise<string>,
): Service {
  let running = true;
  const service: Service = {
    name,
    logFile,
    pid: undefined,
    get running() {
      return running;
    },
    async kill() {
      if (!running) return;
      await compose(['kill', '--signal', 'SIGKILL', name]);
      running = false;
      await writeFile(logFile, await logs(name, 'all'));
    },
    async start() {
      await compose(['up', '--detach', '--wait', '--no-recreate', ...containersOf(name)]);
      running = true;
    },
    async restart() {
      await service.kill();
      await service.start();
    },
  };
  return service;
}
