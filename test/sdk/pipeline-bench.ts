import type { BatchOptions } from '../../src/sdk/batch-options.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import type { Outlet } from '../../src/sdk/pipeline.js';
import { Pipeline } from '../../src/sdk/pipeline.js';
import type { TestConnection } from './helpers.js';
import { connectionOf } from './helpers.js';

export interface Item {
  readonly n: number;
}

const OPTIONS: Required<BatchOptions> = {
  capacity: 100,
  capacityBytes: 10_000,
  sizeBytes: 10_000,
  size: 3,
  delayMillis: 1000,
  timeoutMillis: 500,
  inFlight: 1,
  whenFull: 'dropNewest',
};

/** A pipeline, and what its exporter was given. Without `act` each export waits for the test. */
export class Bench {
  readonly sent: { readonly numbers: number[]; readonly done: ExportCallback }[] = [];
  readonly calls: string[] = [];
  readonly connection: TestConnection;
  readonly pipeline: Pipeline<Item>;
  #n = 0;

  constructor(
    options: BatchOptions = {},
    act: (done: ExportCallback, items: Item[]) => unknown = () => undefined,
    more: Partial<Outlet<Item>> = {},
    connection: TestConnection = connectionOf(),
  ) {
    this.connection = connection;
    const outlet: Outlet<Item> = {
      export: (items, done) => {
        this.sent.push({ numbers: items.map(({ n }) => n), done });
        return act(done, items) as undefined;
      },
      forceFlush: async () => void this.calls.push('forceFlush'),
      shutdown: async () => void this.calls.push('shutdown'),
      ...more,
    };
    this.pipeline = new Pipeline(outlet, 'logs', connection, { ...OPTIONS, ...options });
  }

  push(n = 1): void {
    for (let i = 0; i < n; i++) this.pipeline.push({ n: this.#n++ }, 10);
  }
  get numbers(): number[][] {
    return this.sent.map(({ numbers }) => numbers);
  }
  get counts(): object {
    const { routed, delivered, failed, dropped } = this.connection.account('logs').counts();
    return { routed, delivered, failed, dropped, size: this.pipeline.size };
  }
  get told(): string[] {
    return this.connection.told.map(({ message }) => message);
  }
}

export const succeed = (done: ExportCallback): void => done({ code: 0 });
