import { readFile } from 'node:fs/promises';
import type { ParsedCronItem } from 'graphile-worker';
import type { ListedSchedule } from '../../jobs/index.js';
import { optionalPackage } from '../../jobs/optional-package.js';
import type { AskJobs } from './database.js';
import { momentOf } from './moment.js';

const MINUTE = 60_000;
/** How far ahead one search looks for a tick. The engine only says whether a given minute is a tick. */
const FARTHEST_MILLIS = 32 * 24 * 60 * MINUTE;
/** How far ahead all searches together look: to the next leap day. */
const HORIZON_MILLIS = 4 * 366 * 24 * 60 * MINUTE;

/** The engine's event when a runner begins to add jobs by a crontab. The options in it are the runner's own. */
export interface CronStarted {
  readonly ctx?: unknown;
  readonly cron?: { readonly promise?: PromiseLike<unknown> };
}

/** The items of one runner. The list is the engine's own, and the app may change it. */
interface Crontab {
  readonly items: readonly ParsedCronItem[];
  /** Its runner adds no more jobs. */
  isOver: boolean;
}

/** The crontabs of this process's runners. */
export class Crontabs {
  #all: Crontab[] = [];
  readonly #next = new WeakMap<ParsedCronItem, (after: number) => number | undefined>();

  /** A runner begins. It replaces the crontabs of runners that are over. */
  async started({ ctx, cron }: CronStarted): Promise<void> {
    const items = await itemsOf(ctx);
    const crontab = { items, isOver: false };
    this.#all = [...this.#all.filter(({ isOver }) => !isOver), crontab];
    const over = (): void => {
      crontab.isOver = true;
    };
    void cron?.promise?.then(over, over);
  }

  /** The schedules of a task, with the moment when any process last executed each. */
  listed(ask: AskJobs, task: string): () => Promise<readonly ListedSchedule[]> {
    return async () => {
      const byName = new Map(this.#all.flatMap(({ items }) => items.map((item) => [item.identifier, item])));
      const own = [...byName.values()].filter((item) => item.task === task);
      if (own.length === 0) return [];
      const rows = await ask(
        (crontabs) => `select identifier, last_execution from ${crontabs} where identifier = any($1::text[])`,
        [own.map(({ identifier }) => identifier)],
      );
      const executed = new Map(rows.map((row) => [row.identifier, momentOf(row.last_execution)]));
      return own.map((item) => ({
        name: item.identifier,
        next: this.#nextOf(item),
        cameAt: executed.get(item.identifier),
        idPrefix: '',
      }));
    };
  }

  // Keep the function of an item: it remembers what earlier looks found.
  #nextOf(item: ParsedCronItem): (after: number) => number | undefined {
    const known = this.#next.get(item);
    if (known) return known;
    let noneUntil = 0;
    const next = (after: number): number | undefined => {
      if (noneUntil > after + HORIZON_MILLIS) return undefined;
      const from = Math.max(after, noneUntil);
      const tick = tickAfter(item, from);
      if (tick === undefined) noneUntil = from + FARTHEST_MILLIS;
      return tick;
    };
    this.#next.set(item, next);
    return next;
  }
}

/** The engine's crontabs are in UTC, by the minute. */
function tickAfter({ match }: ParsedCronItem, after: number): number | undefined {
  const first = (Math.floor(after / MINUTE) + 1) * MINUTE;
  for (let tick = first; tick <= first + FARTHEST_MILLIS; tick += MINUTE) {
    const at = new Date(tick);
    const digest = {
      min: at.getUTCMinutes(),
      hour: at.getUTCHours(),
      date: at.getUTCDate(),
      month: at.getUTCMonth() + 1,
      dow: at.getUTCDay(),
    };
    if (match(digest)) return tick;
  }
  return undefined;
}

interface Context {
  readonly _rawOptions?: { readonly parsedCronItems?: readonly ParsedCronItem[]; readonly crontab?: string };
  readonly resolvedPreset?: { readonly worker?: { readonly crontabFile?: string } };
}

async function itemsOf(ctx: unknown): Promise<readonly ParsedCronItem[]> {
  const { _rawOptions: given, resolvedPreset } = ctx as Context;
  if (given?.crontab) return parsed(given.crontab);
  if (given?.parsedCronItems) return given.parsedCronItems;
  const file = resolvedPreset?.worker?.crontabFile;
  if (!file) return [];
  try {
    return parsed(await readFile(file, 'utf8'));
  } catch (error) {
    // The engine treats a missing file as an empty one.
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}

function parsed(crontab: string): readonly ParsedCronItem[] {
  const { parseCrontab } = optionalPackage('graphile-worker') as {
    parseCrontab(crontab: string): ParsedCronItem[];
  };
  return parseCrontab(crontab);
}
