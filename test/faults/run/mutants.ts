/** A library with one fault in it, which a fault of the suite has to find. */
export interface Mutant {
  readonly name: string;
  readonly is: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** The fault whose line has to tell, and in which column; a complaint where it is in none. */
  readonly foundBy: string;
  readonly in: 'unaccounted' | 'exceptions' | 'complaints';
}

const EACH_THOUSANDTH = `    const all = globalThis as { lots?: number };
    all.lots = (all.lots ?? 0) + 1;
    if (all.lots % 1000 === 0)`;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'loses-one-in-a-thousand',
    is: 'It drops one emission in a thousand on its way to a sink, in silence.',
    file: 'src/delivery/sink-port.ts',
    from: `  accept(emission: Emission, around?: Inside, bytes = 0, receipt?: Receipt): void {\n`,
    to: `  accept(emission: Emission, around?: Inside, bytes = 0, receipt?: Receipt): void {\n${EACH_THOUSANDTH} return;\n`,
    foundBy: 'loops/ticks-without-end',
    in: 'unaccounted',
  },
  {
    name: 'calls-a-loss-delivered',
    is: 'It leaves one emission in a thousand out, and counts it as delivered.',
    file: 'src/delivery/sink-calls.ts',
    from: `    this.#open.push(flight);\n`,
    to: `    this.#open.push(flight);\n${EACH_THOUSANDTH} {\n      this.#answered(flight, undefined);\n      return;\n    }\n`,
    foundBy: 'loops/ticks-without-end',
    in: 'unaccounted',
  },
  {
    name: 'loses-a-record-of-a-batch',
    is: 'It leaves the last record out of each full batch.',
    file: 'src/sdk/export-batch.ts',
    from: `    return this.#items.slice();`,
    to: `    return this.#items.slice(0, this.count >= 100 ? -1 : undefined);`,
    foundBy: 'endpoints/sound',
    in: 'unaccounted',
  },
  {
    name: 'throws-once',
    is: 'It throws into the app once.',
    file: 'src/box/create-signalbox.ts',
    from: `  const give: Give = (signal, fields, emitOptions, receipts, bound) => {\n`,
    to: `  let given = 0;\n  const give: Give = (signal, fields, emitOptions, receipts, bound) => {\n    if (given++ === 500) throw new Error('once');\n`,
    foundBy: 'sinks/rejects',
    in: 'exceptions',
  },
  {
    name: 'rejects-unhandled',
    is: 'It leaves one rejection of a sink in a thousand unhandled.',
    file: 'src/delivery/sink-calls.ts',
    from: `    const watched = watchTurn();\n`,
    to: `    const watched = watchTurn();\n${EACH_THOUSANDTH} void new Promise((resolve) => resolve(answer));\n`,
    foundBy: 'sinks/rejects',
    in: 'exceptions',
  },
  {
    name: 'acknowledges-before-the-sync',
    is: 'A line of an audit file counts as delivered before the disk has it.',
    file: 'src/audit/file-system.ts',
    from: `      fdatasync(fd, (error) => (error ? reject(error) : resolve()));`,
    to: `      fdatasync(fd, () => {});\n      resolve();`,
    foundBy: 'disks/slow-sync',
    in: 'complaints',
  },
  {
    name: 'leaves-a-timer',
    is: 'It leaves the timer of the deadline of a shutdown.',
    file: 'src/delivery/deadline.ts',
    from: `    stopTimer(timer);`,
    to: ``,
    foundBy: 'sinks/rejects',
    in: 'complaints',
  },
];
