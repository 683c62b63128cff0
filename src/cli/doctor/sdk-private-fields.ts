/** Private fields of SDK 2.x and 3.x. The doctor reads each only if it exists. */
export interface Exporter {
  export?: (items: unknown, done: (result: Result) => void) => unknown;
  readonly _delegate?: { readonly _transport?: Transport };
}

/** The result of an export. */
export interface Result {
  readonly code: number;
  readonly error?: unknown;
}

interface Transport {
  readonly _transport?: Transport;
  readonly _parameters?: {
    readonly url?: string;
    readonly address?: string;
    readonly credentials?: () => { _isSecure?(): boolean };
  };
}

interface Processor {
  readonly _exporter?: Exporter;
  readonly _shutdownOnce?: { readonly isCalled?: boolean };
}

export interface Provider {
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: readonly Processor[] };
  /** A boolean on MeterProviders; other providers have a method of that name. */
  readonly _shutdown?: unknown;
  readonly _shutdownOnce?: { readonly isCalled?: boolean };
  readonly _sharedState?: {
    readonly hasShutdown?: boolean;
    readonly processors?: readonly Processor[];
    readonly registeredLogRecordProcessors?: readonly Processor[];
    readonly metricCollectors?: readonly { readonly _metricReader?: Processor }[];
  };
  forceFlush?(): unknown;
}

/** The processors or readers of a provider. Undefined if they can not be seen. */
export function processorsOf(provider: Provider): readonly Processor[] | undefined {
  const shared = provider._sharedState;
  const found =
    provider._activeSpanProcessor?._spanProcessors ??
    shared?.processors ??
    shared?.registeredLogRecordProcessors ??
    shared?.metricCollectors?.map(({ _metricReader: reader }) => reader);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'object' && one !== null) : undefined;
}

/** The exporters of a provider, as far as they can be seen. */
export function exportersOf(provider: Provider): Exporter[] {
  const found = (processorsOf(provider) ?? []).flatMap(({ _exporter: exporter }) => exporter ?? []);
  // Several processors may share one exporter.
  return [...new Set(found)];
}

/** Whether a provider was shut down. */
export function isShut(provider: Provider): boolean {
  const { _shutdown: metrics, _shutdownOnce: once, _sharedState: logs } = provider;
  if (metrics === true || once?.isCalled === true || logs?.hasShutdown === true) return true;
  // TracerProviders have no such field; their processors do.
  const processors = processorsOf(provider) ?? [];
  return processors.length > 0 && processors.every((one) => one._shutdownOnce?.isCalled === true);
}

/** The address of an OTLP exporter. */
export function targetOf(exporter: Exporter): {
  readonly url?: string;
  readonly protocol?: 'grpc';
  readonly isSecure?: boolean;
} {
  let transport = exporter._delegate?._transport;
  for (let deep = 0; transport?._transport && deep < 4; deep++) transport = transport._transport;
  const { url, address, credentials } = transport?._parameters ?? {};
  if (typeof url === 'string') return { url };
  if (typeof address !== 'string') return {};
  return { url: address, protocol: 'grpc', isSecure: isSecure(credentials) };
}

function isSecure(credentials: (() => { _isSecure?(): boolean }) | undefined): boolean {
  try {
    return credentials?.()._isSecure?.() === true;
  } catch {
    return false;
  }
}

/** The name of a value's class, without the number that bundlers append to a duplicate name. */
export function nameOf(value: unknown): string {
  const name = (value as object | undefined)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name.replace(/\$\d+$/, '') : 'unnamed';
}
