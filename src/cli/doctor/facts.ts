/** The kinds of pipelines that an app has. */
export type Pipeline = 'traces' | 'logs' | 'metrics';

/** The result of the test signal at an exporter. */
export interface ExporterFacts {
  readonly name: string;
  /** The address that it sends to, if the doctor can see it. */
  readonly url?: string;
  readonly protocol?: 'grpc';
  /** Whether it uses TLS, for addresses without a scheme. */
  readonly isSecure?: boolean;
  /** Whether it got the test signal. */
  readonly given: boolean;
  /** Its answer. Undefined if it has not answered. */
  readonly answer?: 'taken' | 'refused';
  readonly error?: string;
}

/** A provider with its processors and exporters. */
export interface ProviderFacts {
  readonly name: string;
  /** When it was registered, in milliseconds after the start of the process. */
  readonly since: number;
  /** Whether it was shut down before the doctor's test signal. */
  readonly isShut: boolean;
  /** The names of its processors or readers. Undefined if the doctor can not see them. */
  readonly processors?: readonly string[];
  readonly sampler?: string;
  readonly exporters: readonly ExporterFacts[];
}

/** What the doctor found in a process of the app. */
export interface Facts {
  readonly pid: number;
  readonly script: string;
  /** When the doctor examined it: while it ran, at its end, or too late for a test signal. */
  readonly when: 'running' | 'ending' | 'ended';
  /** Whether the doctor emitted the test signal and flushed the pipelines. */
  readonly tested: boolean;
  /** Whether the sampler took one of the many spans of the test. */
  readonly isSampled: boolean;
  /** Folders of the loaded packages that matter to the doctor. */
  readonly packages: readonly string[];
  /** Loaded files of the app itself. */
  readonly files: readonly string[];
  /** Names of packages with instrumentations that were loaded before the first provider was registered. */
  readonly early: readonly string[];
  /** The version of the api with which the providers are registered. */
  readonly apiVersion?: string;
  /** Other major lines of the api under which something is registered. */
  readonly otherApis: readonly string[];
  readonly providers: Readonly<Partial<Record<Pipeline, ProviderFacts>>>;
  readonly propagator?: string;
  readonly contextManager?: string;
  /** The problems in `describe()` of the doctor's own box in this process. */
  readonly problems: readonly string[];
  /** Further problems in `describe()` of the app's own boxes. */
  readonly boxProblems: readonly string[];
}

/** Whether the process is a package manager, which starts the app in a process of its own. */
export function isPackageManager({ script }: Pick<Facts, 'script'>): boolean {
  return /[\\/](npm|npx|yarn|pnpm)(-cli|-\d[\w.-]*)?(\.[cm]?js)?$/.test(script);
}

/** The doctor's order to a process of the app: where to write its facts, and when to examine itself. */
export interface Order {
  readonly folder: string;
  readonly seconds: number;
}

/** The variable that holds the {@link Order}. Its name does not start with `SIGNALBOX_`, the prefix of the app's settings. */
export const ORDER = '__SIGNALBOX_DOCTOR';

/** The test signal's name on the wire, as the event of a record, the name of a span and of a counter. */
export const TEST_NAME = 'signalbox.doctor';
