import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageVersions, versions } from '../e2e/programs/versions.js';
import { mountsOf, nativeCommand, readComposeFile, repository } from '../e2e/stack/compose-file.js';
import { TAIL_SAMPLING, TAIL_SAMPLING_COMPOSE } from '../e2e/stack/overlays.js';
import { filesUnder, text } from './files.js';

const compose = await readComposeFile();
const services = Object.entries(compose.services);
const sampling = await readComposeFile([TAIL_SAMPLING_COMPOSE]);

describe('docker-compose.yml', () => {
  it('pins the images at the versions that are proved natively', () => {
    const images = Object.fromEntries(services.map(([name, { image }]) => [name, image]));

    expect(images).toEqual({
      collector: `otel/opentelemetry-collector-contrib:${versions.otelcol.release}`,
      'collector-health': `busybox:${imageVersions.busybox}`,
      jaeger: `jaegertracing/jaeger:${versions.jaeger.release}`,
      prometheus: `prom/prometheus:v${versions.prometheus.release}`,
      loki: `grafana/loki:${imageVersions.loki}`,
      grafana: `grafana/grafana:${imageVersions.grafana}`,
      example: undefined,
    });
    expect(text('deploy/example/Dockerfile')).toMatch(
      new RegExp(`^FROM node:${imageVersions.node.replaceAll('.', '\\.')}-`, 'm'),
    );
  });

  it('publishes nothing beyond this machine', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);

    expect(published.length).toBeGreaterThan(0);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  it('mounts only what exists, and the configuration read-only', () => {
    const bound = services.flatMap(([, service]) => mountsOf(service)).filter(({ bound }) => bound);

    expect(bound.length).toBeGreaterThan(0);
    for (const { source, readOnly } of bound) {
      expect(existsSync(join(repository, source)), source).toBe(true);
      expect(readOnly, source).toBe(true);
    }
  });

  it('mounts or builds from every file of deploy/', () => {
    const used = [
      TAIL_SAMPLING_COMPOSE,
      ...[...services, ...Object.entries(sampling.services)]
        .flatMap(([, service]) => mountsOf(service))
        .filter(({ bound }) => bound)
        .map(({ source }) => source.replace(/^\.\//, '')),
      ...services.flatMap(([, { build }]) =>
        build === undefined ? [] : [build.dockerfile, `${build.dockerfile}.dockerignore`],
      ),
    ];
    const unused = filesUnder('deploy').filter(
      (file) => !used.some((path) => file === path || file.startsWith(`${path}/`)),
    );

    expect(unused).toEqual([]);
  });

  it('declares each named volume that is mounted, and no other', () => {
    const named = services.flatMap(([, service]) => mountsOf(service)).filter(({ bound }) => !bound);

    expect(named.map(({ source }) => source).sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('starts a service only when those that it needs are healthy', () => {
    const needs = services.flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on).map(([other, { condition }]) => ({ name, other, condition })),
    );

    expect(needs.length).toBeGreaterThan(0);
    for (const { name, other, condition } of needs) {
      // What asks the collector how it is can not wait for the answer.
      if (name === 'collector-health') continue;
      expect(condition, `${name} needs ${other}`).toBe('service_healthy');
      expect(compose.services[other]?.healthcheck, `${other} is asked how it is`).toBeDefined();
    }
  });

  it('lets nobody log in to Grafana, and has no administrator with a password', () => {
    const settings = compose.services.grafana?.environment ?? {};

    expect(settings).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_AUTH_BASIC_ENABLED: 'false',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
    expect(Object.keys(settings).filter((name) => name.includes('PASSWORD'))).toEqual([]);
  });

  it('opens a dashboard that is there as the home page', () => {
    const home = compose.services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    const mount = mountsOf(compose.services.grafana ?? {}).find(({ target }) => home.startsWith(target));

    expect(filesUnder('deploy/grafana/dashboards')).toContain(
      join(mount?.source ?? '', home.slice(mount?.target.length)),
    );
  });
});

describe(TAIL_SAMPLING_COMPOSE, () => {
  const { collector } = sampling.services;

  it('changes the collector alone, and that by its second file and the variables of it', () => {
    expect({ ...sampling.services, collector: undefined }).toEqual({
      ...compose.services,
      collector: undefined,
    });
    expect(collector).toEqual({
      ...compose.services.collector,
      command: [...(compose.services.collector?.command ?? []), '--config=/etc/otelcol/tail-sampling.yaml'],
      environment: expect.anything(),
      volumes: [
        ...(compose.services.collector?.volumes ?? []),
        `./${TAIL_SAMPLING}:/etc/otelcol/tail-sampling.yaml:ro`,
      ],
    });
    const variables = new Set(
      [...text(TAIL_SAMPLING).matchAll(/\$\{env:([A-Z_]+):-/g)].map(([, name]) => name),
    );
    expect(Object.keys(collector?.environment ?? {}).sort()).toEqual([...variables].sort());
    // Without a value a variable is passed on where it is set, and is not set empty elsewhere.
    for (const value of Object.values(collector?.environment ?? {})) expect(value).toBeNull();
  });

  it('is what runs natively too', () => {
    expect(nativeCommand(collector ?? {}, '/tmp/x')).toEqual([
      `--config=${repository}/otel-collector.yaml`,
      `--config=${repository}/${TAIL_SAMPLING}`,
    ]);
  });
});

describe('deploy/example/Dockerfile', () => {
  const copied = [...text('deploy/example/Dockerfile').matchAll(/^COPY (.+) \S+$/gm)].flatMap((line) =>
    (line[1] ?? '').split(' '),
  );

  it('copies what exists', () => {
    expect(copied.length).toBeGreaterThan(0);
    for (const path of copied) expect(existsSync(join(repository, path)), path).toBe(true);
  });

  it('gets from the build context what it copies, and nothing else', () => {
    const admitted = [...text('deploy/example/Dockerfile.dockerignore').matchAll(/^!(.+)$/gm)].map(
      (m) => m[1],
    );

    expect(admitted.sort()).toEqual([...copied].sort());
  });

  it('starts the example', () => {
    const [, list = '[]'] = /^ENTRYPOINT (.+)$/m.exec(text('deploy/example/Dockerfile')) ?? [];
    const entry = (JSON.parse(list) as string[]).at(-1) ?? '';

    expect(statSync(join(repository, entry)).isFile()).toBe(true);
    expect(copied.some((path) => entry.startsWith(`${path}/`))).toBe(true);
  });
});

describe('nativeCommand()', () => {
  it('has the container’s command line with this machine’s paths', () => {
    const service = {
      command: ['--config=/etc/a/config.yaml', '--data=/data/deep', '--flag'],
      volumes: ['./deploy/a.yaml:/etc/a/config.yaml:ro', 'kept:/data'],
    };

    expect(nativeCommand(service, '/tmp/x')).toEqual([
      `--config=${repository}/deploy/a.yaml`,
      '--data=/tmp/x/kept/deep',
      '--flag',
    ]);
  });

  it('leaves no path of a container behind', () => {
    for (const name of ['collector', 'jaeger', 'prometheus', 'loki']) {
      const service = compose.services[name];
      expect(service, name).toBeDefined();
      for (const argument of nativeCommand(service ?? {}, '/tmp/x'))
        for (const path of argument.match(/\/[^ ]*/g) ?? [])
          expect(path.startsWith(repository) || path.startsWith('/tmp/x'), argument).toBe(true);
    }
  });
});
