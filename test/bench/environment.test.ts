import { describe, expect, test } from 'vitest';
import { checkNames, countOf } from '../../bench/environment.js';

describe('the environment of the benchmarks', () => {
  test.each(['abc', '', '0', '-1', '1.5', '1e3', 'Infinity', '9'.repeat(20)])(
    'countOf() - says that %o is no count, in place of running nothing',
    (given) => {
      expect(() => countOf('BENCH_ROUNDS', 5, { BENCH_ROUNDS: given })).toThrow(
        `BENCH_ROUNDS is '${given}'. Give a whole number of at least 1, or leave it out for 5.`,
      );
    },
  );

  test('countOf() - takes a count, and the default where there is none', () => {
    expect([countOf('N', 5, {}), countOf('N', 5, { N: '12' })]).toEqual([5, 12]);
  });

  test('checkNames() - says which variable was meant', () => {
    expect(() => checkNames('BENCH_', ['BENCH_JOBS'], { BENCH_JOB: '5', PATH: '' })).toThrow(
      "BENCH_JOB is no variable of the benchmarks. Did you mean 'BENCH_JOBS'? There are: BENCH_JOBS.",
    );
    expect(() => checkNames('BENCH_', ['BENCH_JOBS'], { BENCH_JOBS: '5', PATH: '' })).not.toThrow();
  });

  test('checkNames() - says what is done now in the place of a variable that is gone', () => {
    expect(() => checkNames('BENCH_', ['BENCH_JOBS'], { BENCH_ENGINE: 'BullMQ' })).toThrow(
      'BENCH_ENGINE is no variable of the benchmarks any more. Name the rows, as in `npm run bench -- jobs-bullmq`.',
    );
  });
});
