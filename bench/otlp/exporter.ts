import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';

export type Encoding = 'json' | 'proto';

type Done = Parameters<LogRecordExporter['export']>[1];

/** The real OTLP exporter, which counts what was answered: the same for all who export through one. */
export class CountedExporter implements LogRecordExporter {
  readonly #exporter: LogRecordExporter;
  delivered = 0;
  failed = 0;
  /** How many exports were answered, of any number of records each. */
  answeredExports = 0;

  constructor(encoding: Encoding, url: string, timeoutMillis = 10_000) {
    const options = { url, timeoutMillis };
    this.#exporter = encoding === 'json' ? new JsonExporter(options) : new ProtoExporter(options);
  }

  get answered(): number {
    return this.delivered + this.failed;
  }

  export(records: ReadableLogRecord[], done: Done): void {
    const count = records.length;
    this.#exporter.export(records, (result) => {
      if (result.code === 0) this.delivered += count;
      else this.failed += count;
      this.answeredExports++;
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await (this.#exporter as { forceFlush?(): Promise<void> }).forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
