import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSignalbox } from '../../index.js';
import { createJobs } from '../../jobs/index.js';
import { AppBoxes } from './app-boxes.js';
import type { Facts, Order, Pipeline, ProviderFacts } from './facts.js';
import { onFirstProvider } from './first-provider.js';
import type { Found } from './found-providers.js';
import { isSame, Look, registered } from './found-providers.js';
import type { Modules } from './loaded-modules.js';
import type { Tested } from './test-signal.js';
import { giveTestSignal } from './test-signal.js';

const TICK_MILLIS = 20;
/** How long the providers must stay the same before the test: an SDK registers them one by one. */
const STEADY_MILLIS = 200;

/** Collects the facts about a process of the app while it runs, and writes them to a file once. Never throws into the app. */
export class Witness {
  readonly #order: Order;
  readonly #modules: Modules;
  readonly #look = new Look();
  readonly #boxes = new AppBoxes();
  #found: Found = {};
  #changed = 0;
  #early: readonly string[] | undefined;
  #testing: Promise<void> | undefined;
  #tested:
    | ({ readonly of: Found; readonly showed: Tested } & Pick<Facts, 'providers' | 'boxProblems'>)
    | undefined;
  #isTold = false;

  constructor(order: Order, modules: Modules) {
    this.#order = order;
    this.#modules = modules;
  }

  start(): void {
    this.#write('begun', '');
    this.#boxes.watch();
    onFirstProvider(() => this.#noteEarly());
    const ticking = setInterval(() => this.#tick(), TICK_MILLIS).unref();
    const looking = setTimeout(() => this.#finish('running'), this.#order.seconds * 1_000).unref();
    process.on('beforeExit', () => this.#finish('ending'));
    process.once('exit', () => {
      clearInterval(ticking);
      clearTimeout(looking);
      this.#tell('ended');
    });
  }

  #see(): void {
    const found = this.#look.now();
    if (isSame(found, this.#found)) return;
    this.#found = found;
    this.#changed = performance.now();
    this.#noteEarly();
  }

  #noteEarly(): void {
    try {
      this.#early ??= this.#modules.instrumented();
    } catch {
      // This runs inside the app's own registration of a provider, so it must not throw.
    }
  }

  #tick(): void {
    try {
      this.#see();
      const isThere = Object.keys(this.#found).length > 0;
      const isSteady = isThere && performance.now() - this.#changed >= STEADY_MILLIS;
      if (isSteady && !this.#tested && !this.#isShut()) this.#test();
    } catch {
      // A provider of the app may throw when it is read. The next tick tries again.
    }
  }

  #isShut(): boolean {
    return Object.values(this.#found).some((provider) => this.#look.factsOf(provider).isShut);
  }

  #test(): Promise<void> {
    this.#testing ??= (async () => {
      const of = this.#found;
      const providers = this.#providers(of);
      const showed = await this.#boxes.aside(() => giveTestSignal(of));
      this.#tested = { of, showed, providers, boxProblems: this.#boxes.problemsBeside(showed.problems) };
    })().catch(() => undefined);
    return this.#testing;
  }

  #finish(when: 'running' | 'ending'): void {
    if (this.#isTold) return;
    this.#tick();
    const isThere = Object.keys(this.#found).length > 0 && !this.#isShut();
    // The timers of the test keep the process alive until the facts are written.
    if (this.#testing || isThere) void this.#test().then(() => this.#tell(when));
    else this.#tell(when);
  }

  #providers(found: Found): Facts['providers'] {
    return Object.fromEntries(
      Object.entries(found).map(([name, provider]) => [name, this.#look.factsOf(provider)]),
    );
  }

  #tell(when: Facts['when']): void {
    if (this.#isTold) return;
    this.#isTold = true;
    try {
      this.#see();
      this.#write(when, JSON.stringify(this.#facts(when)));
    } catch {
      // The doctor then prints that no process reported anything.
    }
  }

  #facts(when: Facts['when']): Facts {
    const tested = this.#tested;
    const providers: Partial<Record<Pipeline, ProviderFacts>> = {};
    for (const [name, facts] of Object.entries(tested?.providers ?? this.#providers(this.#found))) {
      const pipeline = name as Pipeline;
      providers[pipeline] = { ...facts, exporters: tested?.showed.exporters[pipeline] ?? [] };
    }
    const problems = tested?.showed.problems ?? this.#boxes.aside(problemsNow);
    return {
      pid: process.pid,
      script: process.argv[1] ?? '',
      when,
      tested: tested !== undefined,
      isSampled: tested?.showed.isSampled ?? false,
      packages: this.#modules.packages(),
      files: this.#modules.files(),
      early: this.#early ?? [],
      ...registered(),
      providers,
      problems,
      boxProblems: tested?.boxProblems ?? this.#boxes.problemsBeside(problems),
    };
  }

  #write(ending: 'begun' | Facts['when'], text: string): void {
    writeFileSync(join(this.#order.folder, `${process.pid}.${ending}`), text);
  }
}

function problemsNow(): readonly string[] {
  const box = createSignalbox();
  createJobs(box);
  const { problems } = box.describe();
  box.disable();
  return problems;
}
