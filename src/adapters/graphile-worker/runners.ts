import type { WorkerEvents, WorkerPluginBaseContext } from 'graphile-worker';
import type { GraphileAdapter } from './adapter.js';
import { claimed } from './claimed.js';
import type { JobEvents } from './job-events.js';
import type { Runner } from './runner.js';
import { RunnerWorkers } from './runner-workers.js';

/**
 * The runners whose events signalbox hears. Several may share an emitter of the app's, and then each event says whose it is. Before 0.17 events do
 * not say that.
 */
export class Runners {
  readonly #adapter: GraphileAdapter;
  readonly #jobs: JobEvents;
  readonly #byPreset = new WeakMap<object, Runner>();
  readonly #lastOf = new WeakMap<WorkerEvents, Runner>();

  constructor(adapter: GraphileAdapter, jobs: JobEvents) {
    this.#adapter = adapter;
    this.#jobs = jobs;
  }

  /** A runner begins. The engine emits that twice, and copies its context. The preset in it stays the same object. */
  started({ events, resolvedPreset, workerSchema }: WorkerPluginBaseContext): void {
    if (!claimed(this.#adapter, resolvedPreset, `a runner of schema '${workerSchema}' is`)) return;
    const schema = this.#adapter.schema(workerSchema);
    const { home } = this.#adapter;
    if (schema !== home)
      this.#adapter.reportThat(
        `schema:${workerSchema}`,
        `a runner works in the schema '${workerSchema}': signalbox emits its jobs for that schema, but added jobs and monitors for '${home.name}'. Give graphileJobs(box, { schema: '${workerSchema}' })`,
      );
    const runner = { schema, workers: new RunnerWorkers(this.#adapter, schema) };
    this.#byPreset.set(resolvedPreset, runner);
    const isNew = !this.#lastOf.has(events);
    this.#lastOf.set(events, runner);
    if (isNew) this.#listen(events);
  }

  #listen(events: WorkerEvents): void {
    const runnerOf = ({ ctx }: { readonly ctx?: unknown }): Runner | undefined => {
      const preset = (ctx as Partial<WorkerPluginBaseContext> | undefined)?.resolvedPreset;
      return preset ? this.#byPreset.get(preset) : this.#lastOf.get(events);
    };
    RunnerWorkers.listen(events, this.#adapter, (event) => runnerOf(event)?.workers);
    this.#jobs.listen(events, runnerOf);
    events.on('cron:started', (event) => {
      const crontabs = runnerOf(event)?.schema.crontabs;
      void crontabs?.started(event).catch((error: unknown) => this.#adapter.report('a crontab', error));
    });
  }
}
