import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs } from '../programs/programs.js';
import type { ComposeFile } from './compose-file.js';
import { nativeCommand, readComposeFile, repository } from './compose-file.js';
import type { Ports } from './native-ports.js';
import { environmentOf, readyUrls, reservePorts } from './native-ports.js';
import { ServiceProcess } from './service-process.js';
import type { NativeName, ServiceName, Stack, StackOptions } from './stack.js';
import { nativeNames } from './stack.js';

const READY_MILLIS = 90_000;

const PROGRAMS = {
  collector: 'otelcol',
  jaeger: 'jaeger',
  prometheus: 'prometheus',
} as const satisfies Record<NativeName, string>;

/**
 * Starts collector, Jaeger and Prometheus as processes of this machine, on free loopback ports, with the files and the command
 * lines of docker-compose.yml. There is no Loki: the collector keeps the log records in its queue. Resolves when all are ready; rejects with a program's last lines, leaving nothing running.
 */
export async function startStack(options: StackOptions<NativeName> = {}): Promise<Stack> {
  const { name = 'stack', services: asked = nativeNames, say = () => {}, keep = false } = options;
  const [paths, compose, ports] = await Promise.all([
    programs({ say }),
    readComposeFile(options.overlays),
    reservePorts(),
  ]);
  const directory = await mkdtemp(join(tmpdir(), `signalbox-${name}-`));
  const processes = new Map<ServiceName, ServiceProcess>();
  for (const service of asked) {
    const program = paths[PROGRAMS[service]];
    processes.set(service, await plan(service, program, compose, ports, directory, options));
  }
  const stop = async (): Promise<void> => {
    await Promise.all([...processes.values()].map((service) => service.kill()));
    if (!keep) await rm(directory, { recursive: true, force: true });
  };
  say(`${name}: starting ${asked.join(', ')} in ${directory}`);
  const began = Date.now();
  const outcomes = await Promise.allSettled([...processes.values()].map((service) => service.start()));
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failures.length > 0) {
    await stop();
    throw new Error(`${name} did not start: ${failures.map(({ reason }) => reason.message).join('\n')}`);
  }
  say(`${name}: ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);

  const service = (wanted: ServiceName): ServiceProcess => {
    const found = processes.get(wanted);
    if (found === undefined) throw new Error(`${name} was started without ${wanted}`);
    return found;
  };
  return {
    name,
    otlp: `http://127.0.0.1:${ports.otlpHttp}`,
    otlpGrpc: `127.0.0.1:${ports.otlpGrpc}`,
    jaeger: `http://127.0.0.1:${ports.jaeger}`,
    prometheus: `http://127.0.0.1:${ports.prometheus}`,
    loki: undefined,
    collectorHealth: `http://127.0.0.1:${ports.collectorHealth}`,
    grafana: undefined,
    services: [...processes.values()],
    service,
    tail: (wanted, lines) => service(wanted).tail(lines),
    stop,
  };
}

async function plan(
  name: NativeName,
  program: string,
  compose: ComposeFile,
  ports: Ports,
  directory: string,
  options: StackOptions<NativeName>,
): Promise<ServiceProcess> {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  const home = join(directory, name);
  await mkdir(home);
  const { PATH = '', TMPDIR = tmpdir() } = process.env;
  const configs = name === 'collector' ? (options.collectorConfigs ?? []) : [];
  return new ServiceProcess({
    name,
    program,
    // Addresses that only the command line knows; all others come through the environment.
    args: [
      ...nativeCommand(found, home).map((argument) =>
        argument.replace('0.0.0.0:9090', `127.0.0.1:${ports.prometheus}`),
      ),
      ...configs.map((path) => `--config=${join(repository, path)}`),
    ],
    env: { PATH, TMPDIR, HOME: home, ...environmentOf(name, ports, home), ...options.env },
    directory: home,
    logFile: join(directory, `${name}.log`),
    ready: readyUrls(name, ports),
    readyWithinMillis: options.readyWithinMillis ?? READY_MILLIS,
  });
}
