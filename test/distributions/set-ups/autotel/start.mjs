import { init, shutdown } from 'autotel';

init({ service: 'shop', endpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT });
globalThis.endTelemetry = () => shutdown();
