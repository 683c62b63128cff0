/** One thing that is timed: `run(n)` does it n times, synchronously. */
export interface Case {
  readonly name: string;
  run(times: number): void;
  /** What the timed work leaves to do (batches): part of the time. */
  settle?(): Promise<void>;
}

export interface Figure {
  readonly name: string;
  /** CPU time each, garbage collection included: the median over rounds. The wall clock would count what else the machine does. */
  readonly cost: number;
  /** Ratio to the first case in the same round: median, and the 10th and 90th percentile. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const BLOCK = 512;

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function summary(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.1), high: quantile(sorted, 0.9) };
}

async function round(one: Case, millis: number): Promise<number> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  do {
    one.run(BLOCK);
    done += BLOCK;
    await (one.settle?.() ?? new Promise(setImmediate));
  } while (performance.now() - start < millis);
  const used = process.cpuUsage(cpu);
  const nanos = ((used.user + used.system) * 1e3) / done;
  return nanos;
}

/**
 * Times cases against the first of them: in every round each case once, in rotating order, so that what else the machine does hits all
 * alike. Only ratios within a round are compared.
 */
export async function compare(
  cases: readonly Case[],
  rounds: number,
  millis: number,
): Promise<readonly Figure[]> {
  const nanos = cases.map((): number[] => []);
  for (const one of cases) await round(one, millis);
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < cases.length; i++) {
      const at = (i + r) % cases.length;
      nanos[at]?.push(await round(cases[at] as Case, millis));
    }
  }
  return summarise(
    cases.map(({ name }) => name),
    nanos,
  );
}

/** Medians, and ratios to the first within each round; `costs` has a list of rounds for each name. */
export function summarise(names: readonly string[], costs: readonly (readonly number[])[]): Figure[] {
  return names.map((name, i) => {
    const ratios = summary((costs[i] ?? []).map((cost, r) => cost / (costs[0]?.[r] ?? Number.NaN)));
    const { median } = summary(costs[i] ?? []);
    return { name, cost: median, ratio: ratios.median, low: ratios.low, high: ratios.high };
  });
}

export function table(title: string, figures: readonly Figure[], unit: 'ns' | 'µs' = 'ns'): string {
  const width = Math.max(...figures.map((f) => f.name.length));
  const rows = figures.map(
    (f) =>
      `| ${f.name.padEnd(width)} | ${f.ratio.toFixed(2).padStart(5)} | ${`${f.low.toFixed(2)}–${f.high.toFixed(2)}`.padStart(10)} | ${f.cost.toFixed(0).padStart(6)} |`,
  );
  return [
    `### ${title}`,
    '',
    `| ${'case'.padEnd(width)} | ratio | 10–90 % | ${unit} |`,
    `|${'-'.repeat(width + 2)}|--:|--:|--:|`,
    ...rows,
    '',
  ].join('\n');
}
