import { expect, test } from 'vitest';
import { tap } from '../../../src/cli/doctor/exporter-tap.js';
import { TEST_NAME } from '../../../src/cli/doctor/facts.js';
import type { Exporter } from '../../../src/cli/doctor/sdk-private-fields.js';

test.each([
  ['an error with a message', new Error('refused'), 'refused'],
  [
    'an AggregateError of one error',
    new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })]),
    'ECONNREFUSED',
  ],
  ['an empty AggregateError', new AggregateError([]), 'AggregateError'],
  ['an AggregateError that holds itself', itself(), 'AggregateError'],
  ['a list that holds no error', { errors: [null] }, '[object Object]'],
])('facts() - %s of an exporter is told in words', (_, error, words) => {
  const exporter: Exporter = { export: (_items, done) => done({ code: 1, error }) };
  const { facts, end } = tap(exporter);
  exporter.export?.([{ name: TEST_NAME }], () => undefined);
  end();
  expect(facts()).toMatchObject({ given: true, answer: 'refused', error: expect.stringContaining(words) });
});

function itself(): AggregateError {
  const error = new AggregateError([]);
  error.errors.push(error);
  return error;
}
