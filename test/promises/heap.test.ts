import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

/** What a program of heap.ts says at its end, in a heap of so many megabytes. */
async function run(program: string, megabytes: number): Promise<unknown> {
  const flags = [`--max-old-space-size=${megabytes}`, '--expose-gc', '--import', 'tsx'];
  const child = spawn(process.execPath, [...flags, 'test/promises/heap.ts', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complained] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, 'close');
  expect(code, await complained).toBe(0);
  return JSON.parse(await said);
}

// The app cuts ids of 64 characters from bodies of 20 kB and more: V8 keeps each as a part of its body.
describe('texts that are cut from large ones', () => {
  test('emit() - 16,000 that wait for a sink that hangs keep none of their bodies', {
    timeout: 120_000,
  }, async () => {
    expect(await run('hung', 128)).toEqual({
      emitted: 16_000,
      routed: 16_000,
      delivered: 0,
      handedOver: 0,
      dropped: {},
      failed: 0,
      queued: 16_000,
    });
  });

  test('createJobs() - what is remembered of 100,000 jobs keeps none of their bodies', {
    timeout: 120_000,
  }, async () => {
    const { grown, refused } = (await run('jobs', 256)) as { grown: number; refused: object };
    expect(grown).toBeLessThan(50);
    expect(refused).toEqual({});
  });

  test.each([
    ['createJobs() - what carriers brought of 3,000 attempts', 'carriers'],
    ['defineSignal() - the messages of 2,000 signals that wait', 'messages'],
  ])('%s keeps none of its bodies', { timeout: 120_000 }, async (_, program) => {
    const { grown, refused } = (await run(program, 256)) as { grown: number; refused: object };
    expect(grown).toBeLessThan(20);
    expect(refused).toEqual({});
  });

  test('stats() - reasons that a sink gives for dropping keep none', { timeout: 120_000 }, async () => {
    const { grown, at } = (await run('reasons', 128)) as { grown: number; at: number };
    expect(at).toBe(500);
    expect(grown).toBeLessThan(5);
  });
});

test('defineSignal() - one that nobody can emit any more is forgotten', { timeout: 120_000 }, async () => {
  const { bytesEach, refused } = (await run('signals', 256)) as { bytesEach: number; refused: object };
  expect(bytesEach).toBeLessThan(200);
  expect(refused).toEqual({});
});
