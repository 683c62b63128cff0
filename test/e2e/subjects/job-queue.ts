import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareOptions } from '../../support/compare.js';
import type { LedgerJob } from '../../support/ledger-reader.js';
import { readLedger } from '../../support/ledger-reader.js';
import type { RunKey } from '../read/run.js';
import { startNode } from './child.js';
import type { Channel, ExportedIds } from './exports.js';
import { readExports } from './exports.js';

/** How the example is played. */
export interface Play {
  readonly name: string;
  readonly jobs: number;
  readonly seed: number;
  readonly relation: CompareOptions['relation'];
  readonly timeoutMillis: number;
  readonly flags: readonly string[];
}

/** What `--stats` says of one channel of the destination `collector`. */
export interface Account {
  readonly delivered: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: number;
}

/** A run that has ended, and what really happened in it. */
export interface Played {
  readonly play: Play;
  readonly key: RunKey;
  readonly ledger: readonly LedgerJob[];
  readonly account: (channel: Channel) => Account;
  readonly exports: (channel: Channel) => ExportedIds;
}

/** A run that goes on. */
export interface Playing {
  /** What the exporters were given and answered so far. */
  readonly exports: Played['exports'];
  readonly ended: Promise<Played>;
}

const RUN_MILLIS = 5 * 60_000;
const CLOCKS_MILLIS = 2000;

let runs = 0;

/** Starts the example as its users do, as an instance of its own, with its exports noted. */
export function startPlay(
  play: Play,
  otlp: string,
  more: readonly string[] = [],
  moreEnv: Readonly<Record<string, string>> = {},
): Playing {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-e2e-'));
  const file = (name: string): string => join(folder, name);
  const text = (name: string): string => readFileSync(file(name), 'utf8');
  const instance = `e2e-${process.pid}-${++runs}`;
  const fromMillis = Date.now() - CLOCKS_MILLIS;
  const args = ['--import', './test/e2e/subjects/note-exports.ts', 'examples/job-queue/main.ts'];
  args.push('--jobs', String(play.jobs), '--seed', String(play.seed), '--relation', play.relation);
  args.push('--timeout', String(play.timeoutMillis), ...play.flags, '--otlp', otlp, ...more);
  args.push('--ledger', file('ledger'), '--stats', file('stats'), '--audit', file('audit'));
  const env = {
    OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    SIGNALBOX_E2E_EXPORTS: file('exports'),
    ...moreEnv,
  };
  const exports = (channel: Channel): ExportedIds => {
    let noted = '';
    try {
      noted = text('exports');
    } catch {
      // Nothing was exported yet.
    }
    return readExports(noted, channel);
  };
  const ended = startNode(args, env, RUN_MILLIS)
    .ended.then((): Played => {
      const { destinations } = JSON.parse(text('stats')) as {
        destinations: { collector: { channels: Record<Channel, Account> } };
      };
      const noted = { spans: exports('spans'), logs: exports('logs') };
      return {
        play,
        key: { service: 'job-queue', instance, fromMillis, toMillis: Date.now() + CLOCKS_MILLIS },
        ledger: readLedger(text('ledger')),
        account: (channel) => destinations.collector.channels[channel],
        exports: (channel) => noted[channel],
      };
    })
    .finally(() => rmSync(folder, { recursive: true, force: true }));
  ended.catch(() => undefined);
  return { exports, ended };
}

/** What the ledger is compared by. What a run must not tell anybody is drawn from its seed. */
export function optionsOf({ relation, timeoutMillis, seed }: Play): CompareOptions {
  const secrets = [`customer.${seed}.`, `customer ${seed}/`, `user_${seed}_`, `Card Holder ${seed}/`];
  return { relation, timeoutMillis, secrets };
}
