// `@opentelemetry/sdk-trace-base` as SDK 3.x has it: under another name, with other parameters.
import { BatchSpanProcessor as Batch, SimpleSpanProcessor as Simple } from '@opentelemetry/sdk-trace';

export * from '@opentelemetry/sdk-trace';
export { TracerProvider as BasicTracerProvider } from '@opentelemetry/sdk-trace';

export class BatchSpanProcessor extends Batch {
  constructor(exporter, options) {
    super({ exporter, ...options });
  }
}

export class SimpleSpanProcessor extends Simple {
  constructor(exporter) {
    super({ exporter });
  }
}
