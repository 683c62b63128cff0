import type { ReceivedLog } from '../../support/otlp-model.js';
import type { RunKey } from '../read/run.js';

/** The backends of one run, as the end-to-end tests see them. Natively a stand-in of the tests' own is at Loki's address. */
export type ServiceName = 'collector' | 'jaeger' | 'prometheus' | 'loki';

export const serviceNames: readonly ServiceName[] = ['collector', 'jaeger', 'prometheus', 'loki'];

export interface Service {
  readonly name: ServiceName;
  readonly running: boolean;
  /** The process, while it runs natively. */
  readonly pid: number | undefined;
  /** What the program printed, over all its starts. */
  readonly logFile: string;
  /** SIGKILL; resolves when the process is gone. Nothing happens when it is gone already. */
  kill(): Promise<void>;
  /** On the same ports and the same data; resolves when the service is ready. */
  start(): Promise<void>;
  /** `kill()` and `start()`. */
  restart(): Promise<void>;
}

/** Base addresses carry no trailing slash, such as `http://127.0.0.1:24318`. */
export interface Stack {
  readonly name: string;
  /** OTLP over HTTP: what `--otlp` of the example and `OTEL_EXPORTER_OTLP_ENDPOINT` take. */
  readonly otlp: string;
  /** OTLP over gRPC, `host:port`. */
  readonly otlpGrpc: string;
  /** Jaeger's HTTP API: `${jaeger}/api/traces/<id>`. */
  readonly jaeger: string;
  /** Prometheus's HTTP API: `${prometheus}/api/v1/query`. */
  readonly prometheus: string;
  /** Loki's HTTP API, `${loki}/loki/api/v1/query_range`; natively as much of it as this repository asks, over what the stand-in took. */
  readonly loki: string;
  /** Answers 200 while the collector takes data. */
  readonly collectorHealth: string;
  /** Where Grafana is served; only Docker has it. */
  readonly grafana: string | undefined;
  /** The log records of one process: natively with the types of their values as they came, of Loki as far as it keeps them. */
  records(run: RunKey): Promise<ReceivedLog[]>;
  /** What was sent to the stand-in in Loki's place since the last call and was no OTLP, or what Loki refuses. Loki tells only its sender. */
  refusals(): readonly string[];
  /** The services that this stack was asked for. */
  readonly services: readonly Service[];
  /** Throws when the stack was started without that service. */
  service(name: ServiceName): Service;
  /** The end of what a program printed, for a failure's message. */
  tail(name: ServiceName, lines?: number): Promise<string>;
  /** Ends every process that this stack started and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** In messages and in the directory's name. Two stacks may bear the same name. */
  readonly name?: string;
  /**
   * Default: all. A collector whose backend was left out keeps that backend's data in its queue, as it
   * does while a backend is down; a backend may be started without any collector.
   */
  readonly services?: readonly ServiceName[];
  /** Progress, a sentence at a time. Default: none. */
  readonly say?: (line: string) => void;
  /** How long one service may take to become ready. Default: 90 seconds. */
  readonly readyWithinMillis?: number;
  /** Environment of the programs beyond what the ports need. */
  readonly env?: Readonly<Record<string, string>>;
  /** Compose files over docker-compose.yml, by their paths from the top of the repository. Default: none. */
  readonly overlays?: readonly string[];
  /** Further configuration of the collector, over all other. Only natively. Default: none. */
  readonly collectorConfigs?: readonly string[];
  /** Leave directory and logs where they are when the stack stops. Default: false. */
  readonly keep?: boolean;
}
