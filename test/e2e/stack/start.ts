import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedIn } from '../loki/recorded.js';
import type { Programs } from '../programs/programs.js';
import { programs } from '../programs/programs.js';
import type { ComposeFile } from './compose-file.js';
import { nativeCommand, readComposeFile, repository } from './compose-file.js';
import type { Ports } from './native-ports.js';
import { environmentOf, readyUrls, reservePorts } from './native-ports.js';
import { ServiceProcess } from './service-process.js';
import type { ServiceName, Stack, StackOptions } from './stack.js';
import { serviceNames } from './stack.js';

const READY_MILLIS = 90_000;

/** What one service is run by. */
interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Starts collector, Jaeger and Prometheus as processes of this machine, on free loopback ports, with the files and the command
 * lines of docker-compose.yml; and at Loki's address, where the collector sends as ever, a stand-in of the tests' own. Resolves when
 * all are ready; rejects with a program's last lines, leaving nothing running.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { name = 'stack', services: asked = serviceNames, say = () => {}, keep = false } = options;
  const [paths, compose, ports] = await Promise.all([
    programs({ say }),
    readComposeFile(options.overlays),
    reservePorts(),
  ]);
  const directory = await mkdtemp(join(tmpdir(), `signalbox-${name}-`));
  const processes = new Map<ServiceName, ServiceProcess>();
  for (const service of asked) {
    const home = join(directory, service);
    await mkdir(home);
    const configs = service === 'collector' ? (options.collectorConfigs ?? []) : [];
    const command = commandOf(service, paths, compose, ports, home, configs);
    processes.set(service, plan(service, command, ports, home, options));
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

  const recorded = recordedIn(join(directory, 'loki'));
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
    loki: `http://127.0.0.1:${ports.loki}`,
    collectorHealth: `http://127.0.0.1:${ports.collectorHealth}`,
    grafana: undefined,
    records: async (run) => recorded.of(run),
    refusals: () => recorded.refusals(),
    services: [...processes.values()],
    service,
    tail: (wanted, lines) => service(wanted).tail(lines),
    stop,
  };
}

function commandOf(
  name: ServiceName,
  paths: Programs,
  compose: ComposeFile,
  ports: Ports,
  home: string,
  configs: readonly string[],
): Command {
  if (name === 'loki')
    return {
      program: process.execPath,
      args: ['--import', import.meta.resolve('tsx'), join(repository, 'test/e2e/loki/main.ts')],
    };
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return {
    program: paths[name === 'collector' ? 'otelcol' : name],
    // Addresses that only the command line knows; all others come through the environment.
    args: [
      ...nativeCommand(found, home).map((argument) =>
        argument.replace('0.0.0.0:9090', `127.0.0.1:${ports.prometheus}`),
      ),
      ...configs.map((path) => `--config=${join(repository, path)}`),
    ],
  };
}

function plan(
  name: ServiceName,
  command: Command,
  ports: Ports,
  home: string,
  options: StackOptions,
): ServiceProcess {
  const { PATH = '', TMPDIR = tmpdir() } = process.env;
  return new ServiceProcess({
    name,
    ...command,
    env: { PATH, TMPDIR, HOME: home, ...environmentOf(name, ports, home), ...options.env },
    directory: home,
    logFile: `${home}.log`,
    ready: readyUrls(name, ports),
    readyWithinMillis: options.readyWithinMillis ?? READY_MILLIS,
  });
}
