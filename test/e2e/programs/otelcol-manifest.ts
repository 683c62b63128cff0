import { versions } from './versions.js';

const CORE = 'go.opentelemetry.io/collector';
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';

/** The parts of the collector that otel-collector.yaml and its overlays use, as the collector's builder wants them. The contrib image has them all. */
export function otelcolManifest(): string {
  const { release, module, provider } = versions.otelcol;
  const parts = {
    extensions: [`${CONTRIB}/extension/healthcheckextension`, `${CONTRIB}/extension/storage/filestorage`],
    receivers: [`${CORE}/receiver/otlpreceiver`],
    processors: [
      `${CORE}/processor/memorylimiterprocessor`,
      `${CONTRIB}/processor/transformprocessor`,
      `${CONTRIB}/processor/tailsamplingprocessor`,
    ],
    exporters: [`${CORE}/exporter/otlphttpexporter`],
    connectors: [`${CORE}/connector/forwardconnector`, `${CONTRIB}/connector/spanmetricsconnector`],
  };
  const lines = [`dist: { name: otelcol, output_path: ./out, version: ${release} }`];
  for (const [kind, modules] of Object.entries(parts))
    lines.push(`${kind}:`, ...modules.map((name) => `  - gomod: ${name} ${module}`));
  lines.push('providers:');
  for (const name of ['fileprovider', 'envprovider'])
    lines.push(`  - gomod: ${CORE}/confmap/provider/${name} ${provider}`);
  return `${lines.join('\n')}\n`;
}
