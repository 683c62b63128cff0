/** The kinds of pipelines that an app has. */
export type Pipeline = 'traces' | 'logs' | 'metrics';

/** What became of the test signal at an exporter. */
export interface ExporterFacts {
  readonly name: string;
  /** Where it sends to, where that can be seen. */
  readonly url?: string;
  readonly protocol?: 'grpc';
  /** Whether it sends by TLS, where its address does not say it. */
  readonly isSecure?: boolean;
  /** It was given the test signal. */
  readonly given: boolean;
  /** What it said to that: none where it has not answered. */
  readonly answer?: 'taken' | 'refused';
  readonly error?: string;
}

/** A provider, and what stands behind it. */
export interface ProviderFacts {
  readonly name: string;
  /** Milliseconds after the start of the process. */
  readonly since: number;
  /** It was shut down before the doctor's test signal. */
  readonly isShut: boolean;
  /** The names of its processors or readers; none where they can not be seen. */
  readonly processors?: readonly string[];
  readonly sampler?: string;
  readonly exporters: readonly ExporterFacts[];
}

/** What was seen in a process of the app. */
export interface Facts {
  readonly pid: number;
  readonly script: string;
  /** How it was looked at: while it ran, at its end, or too late for a test signal. */
  readonly when: 'running' | 'ending' | 'ended';
  /** The test signal was given, and its pipelines were flushed. */
  readonly tested: boolean;
  /** The sampler took one of the many spans of the test. */
  readonly isSampled: boolean;
  /** Folders of packages that were loaded, and that matter here. */
  readonly packages: readonly string[];
  /** Files of the app itself that were loaded. */
  readonly files: readonly string[];
  /** Names of packages that were loaded before the first provider was there, and are observed by instrumentations. */
  readonly early: readonly string[];
  /** The version of the api that the providers are registered with. */
  readonly apiVersion?: string;
  /** Versions of other major lines of the api under which something is registered. */
  readonly otherApis: readonly string[];
  readonly providers: Readonly<Partial<Record<Pipeline, ProviderFacts>>>;
  readonly propagator?: string;
  readonly contextManager?: string;
  /** What `describe()` of a box of the doctor's says there. */
  readonly problems: readonly string[];
  /** What `describe()` of the app's own boxes says beside that. */
  readonly boxProblems: readonly string[];
}

/** How the doctor tells a process of the app where to put its facts, and when to look. */
export interface Order {
  readonly folder: string;
  readonly seconds: number;
}

/** The variable that holds the {@link Order}. No name of `SIGNALBOX_…`, for those are settings of the app's. */
export const ORDER = '__SIGNALBOX_DOCTOR';

/** The test signal's name on the wire, as the event of a record, the name of a span and of a counter. */
export const TEST_NAME = 'signalbox.doctor';
