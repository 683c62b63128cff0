import type { Stack } from '../../../test/e2e/stack/stack.js';
import type { Outage } from '../compare/evidence.js';
import { randomOf } from '../dice.js';
import type { StoreServer } from '../stores/store.js';
import type { Crew } from './crew.js';

export type Victim = 'worker' | 'store' | 'collector' | 'jaeger';

/** What happens when so much of the work has been put in. */
export interface Disturbance {
  /** 0 to 1. */
  readonly at: number;
  readonly victim: Victim;
  /** Milliseconds that it stays down; which worker. */
  readonly millis: number;
}

const OUTAGE_MILLIS = { least: 300, most: 4000 };

/** A seeded plan: workers more often than backends, and each of them at least once. */
export function planDisturbances(jobs: number, seed: number, only?: readonly Victim[]): Disturbance[] {
  const random = randomOf(seed ^ 0x5eed);
  const each = Math.max(1, Math.round(jobs / 5000));
  const victims: Victim[] = (['store', 'collector', 'jaeger'] as const).flatMap((victim) =>
    Array.from({ length: each }, () => victim),
  );
  victims.push(...Array.from({ length: Math.max(2, Math.round(jobs / 2000)) }, () => 'worker' as const));
  return victims
    .map((victim) => ({
      victim,
      at: 0.05 + 0.85 * random(),
      millis: OUTAGE_MILLIS.least + random() * (OUTAGE_MILLIS.most - OUTAGE_MILLIS.least),
    }))
    .filter(({ victim }) => only === undefined || only.includes(victim))
    .sort((a, b) => a.at - b.at);
}

export interface Scene {
  readonly stack: Stack;
  readonly store: StoreServer;
  readonly crew: Crew;
  readonly say: (line: string) => void;
}

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** Brings one about; resolves when all is up again. The outage, where it was the engine's store. */
export async function disturb(scene: Scene, { victim, millis }: Disturbance): Promise<Outage | undefined> {
  const { stack, store, crew, say } = scene;
  const seconds = (millis / 1000).toFixed(1);
  switch (victim) {
    case 'worker':
      say('a worker is killed and replaced');
      await crew.replace(Math.floor(millis));
      return undefined;
    case 'store': {
      say(`the engine's store crashes, for ${seconds} s`);
      const from = Date.now();
      await store.crash();
      await pause(millis);
      await store.start();
      return { from, to: Date.now() };
    }
    default: {
      say(`${victim} is killed, for ${seconds} s`);
      const service = stack.service(victim);
      await service.kill();
      await pause(millis);
      await service.start();
      return undefined;
    }
  }
}
