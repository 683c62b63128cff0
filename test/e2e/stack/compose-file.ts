import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The top of the repository. */
export const repository: string = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export const composePath: string = join(repository, 'docker-compose.yml');

/** What is read of docker-compose.yml. */
export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** A file or folder of the repository; else a named volume. */
  readonly bound: boolean;
}

/** The file as it is, or as compose reads it together with overlays: paths from the top of the repository. */
export async function readComposeFile(overlays: readonly string[] = []): Promise<ComposeFile> {
  const [base, ...over] = await Promise.all(
    [composePath, ...overlays.map((path) => join(repository, path))].map(
      async (path) => parse(await readFile(path, 'utf8'), { merge: true }) as ComposeFile,
    ),
  );
  let services = (base as ComposeFile).services;
  for (const one of over) services = overlaid(services, one.services);
  return { ...(base as ComposeFile), services };
}

type Services = ComposeFile['services'];

/** A command is replaced, mounts are added: so much of compose's rules as overlays here make use of. */
function overlaid(services: Services, over: Services): Services {
  const changed = Object.entries(over).map(([name, service]): [string, ComposeService] => {
    const { volumes = [], environment = {} } = services[name] ?? {};
    return [
      name,
      {
        ...services[name],
        ...service,
        volumes: [...volumes, ...(service.volumes ?? [])],
        environment: { ...environment, ...service.environment },
      },
    ];
  });
  return { ...services, ...Object.fromEntries(changed) };
}

export function mountsOf(service: ComposeService): Mount[] {
  return (service.volumes ?? []).map((text) => {
    const [source = '', target = '', mode] = text.split(':');
    return { source, target, readOnly: mode === 'ro', bound: source.startsWith('.') };
  });
}

/**
 * A service's command line as it is in containers, with every path of a mount replaced by where its source lies here: files of the
 * repository by themselves, a named volume by a folder under `data`.
 */
export function nativeCommand(service: ComposeService, data: string): string[] {
  const mounts = mountsOf(service).sort((a, b) => b.target.length - a.target.length);
  return (service.command ?? []).map((argument) => {
    for (const { source, target, bound } of mounts) {
      const at = argument.indexOf(target);
      if (at < 0) continue;
      const here = bound ? join(repository, source) : join(data, source);
      return argument.slice(0, at) + here + argument.slice(at + target.length);
    }
    return argument;
  });
}
