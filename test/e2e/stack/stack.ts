/** The backends of one run, as the end-to-end tests see them. */
export type ServiceName = 'collector' | 'jaeger' | 'prometheus' | 'loki';

export const serviceNames: readonly ServiceName[] = ['collector', 'jaeger', 'prometheus', 'loki'];

/** Those that are run as programs of this machine: Loki is AGPL, and only its makers' image is run. */
export type NativeName = Exclude<ServiceName, 'loki'>;

export const nativeNames: readonly NativeName[] = ['collector', 'jaeger', 'prometheus'];

/** Why a native stack has none. */
export const NO_LOKI = 'Loki is AGPL and not built here; --docker runs it';

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
  /** Loki's HTTP API: `${loki}/loki/api/v1/query_range`; only Docker has it. */
  readonly loki: string | undefined;
  /** Answers 200 while the collector takes data. */
  readonly collectorHealth: string;
  /** Where Grafana is served; only Docker has it. */
  readonly grafana: string | undefined;
  /** The services that this stack was asked for. */
  readonly services: readonly Service[];
  /** Throws when the stack was started without that service. */
  service(name: ServiceName): Service;
  /** The end of what a program printed, for a failure's message. */
  tail(name: ServiceName, lines?: number): Promise<string>;
  /** Ends every process that this stack started and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

export interface StackOptions<Name extends ServiceName = ServiceName> {
  /** In messages and in the directory's name. Two stacks may bear the same name. */
  readonly name?: string;
  /**
   * Default: all. A collector whose backend was left out keeps that backend's data in its queue, as it
   * does while a backend is down; a backend may be started without any collector.
   */
  readonly services?: readonly Name[];
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
