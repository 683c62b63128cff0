import { readFileSync, statSync } from 'node:fs';
import type { Finding } from '../finding.js';
import type { Facts } from './facts.js';
import type { Package } from './packages.js';

interface Engine {
  readonly name: string;
  /** Texts of the engine that a bundle contains even if it is minified. All of them must be found. */
  readonly texts: readonly string[];
  readonly fix: string;
}

const ENGINES: readonly Engine[] = [
  {
    name: 'bullmq',
    texts: ['moveToActive', 'BullMQ: '],
    fix: "call observeClasses(box, { Queue, Worker, FlowProducer }) of 'signalbox/bullmq' in the bundle's entry, or keep bullmq out of the bundle (`external`, `serverExternalPackages`)",
  },
  {
    name: 'pg-boss',
    texts: ['__pgboss__', 'pgboss'],
    fix: "take the class from pgBossJobs(box).classes(pgBoss) of 'signalbox/pg-boss', or keep pg-boss out of the bundle",
  },
  {
    name: 'graphile-worker',
    texts: ['graphile_worker', 'add_job'],
    fix: "use graphileJobs(box) of 'signalbox/graphile-worker', or keep graphile-worker out of the bundle",
  },
];

/** The largest file that is searched. Bundles are normally smaller. */
const LARGEST_BYTES = 30 * 1024 * 1024;

/** Which engines the app has, and which are inside a bundle, where no hook sees them load. */
export function engineFindings(facts: Facts, packages: readonly Package[]): Finding[] {
  const loaded = ENGINES.flatMap(({ name }) => packages.filter((one) => one.name === name));
  const missing = ENGINES.filter(({ name }) => loaded.every((one) => one.name !== name));
  const findings = loaded.map(
    ({ name, version, folder }): Finding => ({ of: `${name} ${version}`, says: folder }),
  );
  const files = [...new Set([facts.script, ...facts.files])].filter((file) => /\.[cm]?js$/.test(file));
  for (const file of files) {
    const text = textOf(file);
    for (const { name, texts, fix } of missing)
      if (texts.every((part) => text.includes(part)))
        findings.push({
          of: name,
          says: `is bundled into ${file}: no instrumentation sees it loaded there`,
          fix,
        });
  }
  return findings;
}

function textOf(file: string): string {
  try {
    return statSync(file).size > LARGEST_BYTES ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
