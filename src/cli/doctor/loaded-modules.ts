import nodeModule, { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Packages that the doctor reports. */
const TOLD = /^(@opentelemetry\/|signalbox$|bullmq$|pg-boss$|graphile-worker$|dd-trace$|@sentry\/|newrelic$)/;

/** Packages that instrumentations patch when they are loaded. */
const INSTRUMENTED = new Set(
  'amqplib bullmq express fastify graphile-worker graphql @hapi/hapi ioredis kafkajs koa mongodb mysql mysql2 @nestjs/core pg pg-boss pino redis undici winston'.split(
    ' ',
  ),
);

const MOST_FILES = 2_000;
const PACKAGE = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/;

/** Node.js 22.15 and up has it; the types that this package is compiled with do not. */
interface WithSyncHooks {
  registerHooks?(hooks: { resolve(specifier: string, context: unknown, next: Next): Resolved }): unknown;
}
type Resolved = { readonly url: string };
type Next = (specifier: string, context: unknown) => Resolved;

/** The modules that a process loaded. */
export class Modules {
  readonly #imported = new Set<string>();
  readonly #cache: NodeJS.Dict<NodeModule>;
  /** The doctor's own, which is loaded before all else: within `node_modules` it would pass for a package of the app's. */
  readonly #own: ReadonlySet<string>;

  /** @param here A file of this package. */
  constructor(here: string) {
    this.#cache = createRequire(here).cache;
    this.#own = new Set(Object.keys(this.#cache));
    const note = (url: string): void => {
      if (url.startsWith('file:') && this.#imported.size < 50 * MOST_FILES) this.#imported.add(url);
    };
    // Older Node.js has no such hook. ES modules stay unseen there; CommonJS modules are in the cache.
    (nodeModule as unknown as WithSyncHooks).registerHooks?.({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        note(found.url);
        return found;
      },
    });
  }

  /** Folders of the packages that the doctor reports. */
  packages(): string[] {
    const folders = new Set<string>();
    for (const path of this.#paths()) {
      const [, folder = '', name = ''] = PACKAGE.exec(path) ?? [];
      if (TOLD.test(name.replace('\\', '/'))) folders.add(folder);
    }
    return [...folders];
  }

  /** Names of the loaded packages that have instrumentations. */
  instrumented(): string[] {
    const names = new Set<string>();
    for (const path of this.#paths()) {
      const name = (PACKAGE.exec(path)?.[2] ?? '').replace('\\', '/');
      if (INSTRUMENTED.has(name)) names.add(name);
    }
    return [...names];
  }

  /** The app's own files: those outside packages. */
  files(): string[] {
    return [...this.#paths()].filter((path) => !PACKAGE.test(path)).slice(0, MOST_FILES);
  }

  #paths(): Set<string> {
    const imported = [...this.#imported].map((url) => fileURLToPath(url));
    const required = Object.keys(this.#cache).filter((path) => !this.#own.has(path));
    return new Set([...required, ...imported]);
  }
}
