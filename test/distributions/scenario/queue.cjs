/** A home-made queue. Observed by `signalbox/jobs` where it is given the telemetry of a queue. */
exports.JobQueue = class JobQueue {
  #waiting = [];
  #telemetry;

  constructor(telemetry) {
    this.#telemetry = telemetry;
  }

  add(job) {
    const enqueue = this.#telemetry?.enqueue(job);
    this.#waiting.push({ job, number: 1, carrier: { ...enqueue?.carrier } });
    enqueue?.accepted();
  }

  /** Runs what waits until nothing does. A job that fails runs again, up to its `maxAttempts`. */
  async drain(handler) {
    const worker = this.#telemetry?.worker('worker-1');
    worker?.started();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { job, number } = next;
      try {
        await this.#run(next, worker, () => handler(job, number));
      } catch {
        if (number < job.maxAttempts) this.#waiting.push({ ...next, number: number + 1 });
      }
    }
    worker?.stopped();
  }

  #run({ job, number, carrier }, worker, handler) {
    if (!this.#telemetry) return handler();
    return this.#telemetry.process({ job, number, carrier, worker }, handler, () =>
      number < job.maxAttempts ? { retry: true, delayMillis: 0 } : { retry: false, reason: 'max_attempts' },
    );
  }
};
