/** The server that an engine keeps its jobs in, on its own port and data. What it has answered outlives its death. */
export interface StoreServer {
  readonly url: string;
  /** As it is told in a report. */
  readonly version: string;
  /** Ends it as a crash would; resolves when it is gone. */
  crash(): Promise<void>;
  /** On the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}
