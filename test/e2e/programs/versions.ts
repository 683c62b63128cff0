/**
 * What is built natively, and what docker-compose.yml pins: `test/deploy` holds the two against each other. Jaeger and Prometheus
 * number their modules otherwise than their releases; `module` is the module's.
 */
export const versions = {
  otelcol: { release: '0.161.0', module: 'v0.161.0', provider: 'v1.67.0' },
  jaeger: { release: '2.13.0', module: 'v1.76.0' },
  prometheus: { release: '3.16.0', module: 'v0.316.0' },
  composeLoader: { release: '2.16.2', module: 'v2.16.2' },
} as const;

/**
 * Only in containers: these can not be built from Go modules, or must not be. Loki and Grafana are AGPL: they are run as the images
 * that their makers publish, and nothing of them is fetched or built for the tests.
 */
export const imageVersions = {
  loki: '3.7.8',
  grafana: '12.4.4',
  busybox: '1.37.0',
  node: '20.20.2',
} as const;

/** The oldest Go that builds all of them: the greatest `go` line of their go.mod files. */
export const oldestGo = '1.26.7';
