import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { lastWritesOf, usualCapacity } from '../../src/delivery/sink-last-writes.js';
import { consoleSink, retrying } from '../../src/sinks/index.js';

test("lastWritesOf() - is of sinks that write at the end of the process, and not of a function of the app's", () => {
  expect(lastWritesOf(() => undefined)).toBeUndefined();
  expect(lastWritesOf(consoleSink({ stream: new PassThrough() }))).toBeDefined();
});

test('lastWritesOf() - goes through the modifiers around a sink', () => {
  const inner = consoleSink({ stream: new PassThrough() });
  expect(lastWritesOf(retrying(inner, { attempts: 2 }))?.local).toBe(lastWritesOf(inner)?.local);
});

test('usualCapacity() - is left to the queue for a function of the app', () => {
  expect(usualCapacity(() => undefined)).toBeUndefined();
});
