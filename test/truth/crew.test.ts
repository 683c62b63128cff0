import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Crew, reasonOf } from '../../bench/truth/run/crew.js';
import type { startSubject } from '../../bench/truth/run/subject.js';
import { filesOf } from '../../bench/truth/subjects/order.js';

/** A process that is none: it lives until it is killed, or until its test lets it fall. */
interface Player {
  readonly name: string;
  killed: boolean;
  alive: boolean;
  readonly told: string[];
}

let directory = '';
let players: Player[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-crew-'));
  players = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const start: typeof startSubject = (_, { name }) => {
  const player: Player = { name, killed: false, alive: true, told: [] };
  players.push(player);
  return {
    name,
    get killed() {
      return player.killed;
    },
    get alive() {
      return player.alive;
    },
    endedAt: undefined,
    lastWords: 'x.js:1\nError: the store broke off\n  at x.js:1',
    said: async () => undefined,
    tell: (line) => void player.told.push(line),
    kill: async () => {
      Object.assign(player, { alive: false, killed: true });
    },
    end: async () => undefined,
  };
};

async function crewOf(workers: number): Promise<Crew> {
  const crew = new Crew(orderOf(), start);
  await crew.grow(workers);
  for (const { name } of players.slice(1))
    appendFileSync(
      filesOf(directory, name).ledger,
      `${JSON.stringify({ fact: 'holder', id: `of ${name}` })}\n`,
    );
  return crew;
}

function falls(name: string): void {
  const player = players.find((one) => one.name === name);
  if (player === undefined) throw new Error(`there is no ${name}`);
  player.alive = false;
}

const names = (): string[] => players.map(({ name }) => name);

test('Crew - replaces a worker that ended by itself after an outage, once, and frees what it held', async () => {
  const crew = await crewOf(2);
  falls('worker-1');
  crew.check(1);
  crew.check(1);
  expect(names()).toEqual(['producer', 'worker-1', 'worker-2', 'worker-3']);
  expect(crew.fallen).toEqual([{ name: 'worker-1', why: 'Error: the store broke off' }]);
  expect(players[0]?.told).toEqual(['free of worker-1']);
});

test('Crew - does not take a worker that was killed for one that ended by itself', async () => {
  const crew = await crewOf(2);
  await crew.replace(0);
  crew.check(0);
  expect(crew.fallen).toEqual([]);
  expect(names()).toHaveLength(4);
});

test('Crew - does not go on where a worker ended by itself and its store was never down', async () => {
  const crew = await crewOf(2);
  falls('worker-2');
  expect(() => crew.check(0)).toThrow(/worker-2 ended by itself:[\s\S]*the store broke off/);
});

test('Crew - does not go on where workers end again and again after an outage', async () => {
  const crew = await crewOf(1);
  const fall = (): void => {
    for (const { name } of players.slice(1)) falls(name);
    crew.check(1);
  };
  for (let i = 0; i < 3; i++) fall();
  expect(fall).toThrow(/worker-4 ended by itself/);
});

test('Crew - does not go on without its producer', async () => {
  const crew = await crewOf(1);
  falls('producer');
  expect(() => crew.check(1)).toThrow(/producer ended by itself/);
});

test('Crew - frees by hand what all of its workers hold, where the engine leaves that to people', async () => {
  const crew = await crewOf(2);
  expect(crew.freeAll()).toBe(true);
  expect(players[0]?.told).toEqual(['free of worker-1,of worker-2']);
  expect(new Crew(orderOf(), start).freeAll()).toBe(false);
});

function orderOf() {
  return { engine: 'graphile-worker', store: '', otlp: '', directory, jobs: 1, seed: 1, rate: 1 } as const;
}

test('reasonOf() - is the line of a process that tells of its error', () => {
  const words =
    '/x/client.js:694\n  Error.captureStackTrace(err)\n  ^\n\nError: Connection terminated\n  at a.js:1\n\nNode.js v20\n';
  expect(reasonOf(words)).toBe('Error: Connection terminated');
  expect(reasonOf('gone\n\n')).toBe('gone');
  expect(reasonOf('')).toBe('it said nothing');
});
