import type { AddJobFunction } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { refusalOf } from '../../../src/adapters/bullmq/reject-reason.js';
import { over } from '../../../src/adapters/common/function-proxy.js';
import { refusalBy } from '../../../src/adapters/common/reject-reason.js';
import { withoutText } from '../../../src/adapters/common/store-errors.js';
import { createAdapter } from '../../../src/adapters/graphile-worker/adapter.js';
import { aroundAddJob } from '../../../src/adapters/graphile-worker/add-job.js';
import { reasonOf } from '../../../src/adapters/pg-boss/reject-reason.js';
import { CORE } from '../../../src/box/core.js';
import { resetOtel, startOtel } from '../../support/otel.js';

afterEach(resetOtel);

/** Adds a job by graphile-worker's function, which throws: the record and the span of its refusal. */
async function graphile(error: unknown): Promise<{ reason: unknown; message: unknown; status: unknown }> {
  const otel = startOtel();
  const box = createSignalbox();
  const options = { schema: 'graphile_worker', carriesContext: true, persistsLinks: false };
  const adapter = createAdapter(box[CORE], createJobs(box), options);
  const raw = (async () => Promise.reject(error)) as unknown as AddJobFunction;
  const add = over(raw, aroundAddJob(adapter, adapter.home));
  await expect(add('mail', {})).rejects.toBe(error);
  const attributes = otel.logs('job.rejected')[0]?.attributes;
  const answer = {
    reason: attributes?.['job.reject.reason'],
    message: attributes?.['exception.message'],
    status: otel.spans()[0]?.status.message,
  };
  resetOtel();
  return answer;
}

async function reasonsOf(error: unknown): Promise<unknown[]> {
  return [refusalOf(error), reasonOf(error), (await graphile(error)).reason];
}

const coded = (code: unknown, message = 'x'): Error => Object.assign(new Error(message), { code });
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const CODELESS = [
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Client was closed and is not queryable',
  'Client has encountered a connection error and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'Query read timeout',
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Cluster isn't ready and enableOfflineQueue options is false",
  'Connection is closed.',
  'Connection is closed',
  'Command timed out',
  'connect ETIMEDOUT',
  "Socket timeout. Expecting data, but didn't receive any in 100ms.",
  'None of startup nodes is available',
  'Cluster is disconnected.',
  'Too many Cluster redirections. Last error: Error: x',
  'what nobody foresaw',
];
const NAMED = [
  ['MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 20).'],
  ['ClusterAllFailedError', 'Failed to refresh slots cache.'],
  ['AbortError', 'Command aborted due to connection close'],
  ['ReplyError', "READONLY You can't write against a read only replica."],
  ['ReplyError', 'LOADING Redis is loading the dataset in memory'],
  ['ReplyError', "OOM command not allowed when used memory > 'maxmemory'."],
  ['ReplyError', 'CLUSTERDOWN The cluster is down'],
  ['ReplyError', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
  ['ReplyError', 'NOSCRIPT No matching script. Please use EVAL.'],
  ['ReplyError', 'BUSY Redis is busy running a script.'],
  ['ReplyError', 'NOAUTH Authentication required.'],
  ['ReplyError', "NOPERM User worker has no permissions to run the 'evalsha' command"],
  ['TypeError', "Cannot read properties of undefined (reading 'x')"],
  ['TypeError', 'fetch failed'],
  ['RangeError', 'Invalid array length'],
] as const;
const CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'ERR_SOCKET_CLOSED',
  '08006',
  '08P01',
  '25006',
  '28P01',
  '3D000',
  '40001',
  '40P01',
  '42501',
  '42P01',
  '53300',
  '55P03',
  '57014',
  '57P01',
  '57P03',
  '58030',
  'XX000',
  '22012',
  25,
  23,
];

describe('a job that was not taken', () => {
  test.each(CODELESS)('is told as error where the driver says: %s', async (message) => {
    expect(await reasonsOf(new Error(message))).toEqual(['error', 'error', 'error']);
  });

  test.each(NAMED)('is told as error where it is a %s: %s', async (name, message) => {
    expect(await reasonsOf(named(name, message))).toEqual(['error', 'error', 'error']);
  });

  test.each(CODES)('is told as error where the code is %s', async (code) => {
    expect(await reasonsOf(coded(code))).toEqual(['error', 'error', 'error']);
  });

  test.each([undefined, null, 7, 'text', { message: 7, code: {} }])(
    'is told as error where %o is thrown',
    async (thrown) => {
      expect(await reasonsOf(thrown)).toEqual(['error', 'error', 'error']);
    },
  );

  test('is told as error where what is thrown throws on being read', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no');
      },
    });
    expect([refusalOf(hostile), reasonOf(hostile)]).toEqual(['error', 'error']);
    expect(withoutText('X', hostile).message).toBe('X threw: Error');
  });

  test.each(['22001', '22P02', '22023', '23502', '23505', '23514'])(
    'is told as invalid where PostgreSQL says %s, also to an adapter that wraps it',
    async (code) => {
      expect(await reasonsOf(coded(code))).toEqual(['invalid', 'invalid', 'invalid']);
      const wrapped = new Error('Failed query', { cause: coded(code) });
      expect(await reasonsOf(wrapped)).toEqual(['invalid', 'invalid', 'invalid']);
    },
  );

  test('is told as invalid where JSON can not carry its data', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const value of [circular, { n: 1n }])
      expect(await reasonsOf(thrownBy(() => JSON.stringify(value)))).toEqual([
        'invalid',
        'invalid',
        'invalid',
      ]);
  });

  test('ends where causes go in circles', () => {
    const error = new Error('x');
    error.cause = error;
    expect(refusalBy(() => false, error)).toBe('error');
  });
});

describe('BullMQ', () => {
  test.each([
    'Custom Id cannot contain :',
    'Custom Id cannot be integers',
    "JobId cannot be '0' or start with '0:'",
    'Priority should not be float',
    'Priority should be between 0 and 2097152',
    'Deduplication id must be provided',
    'Jitter should be between 0 and 1',
    'The size of job mail exceeds the limit 10 bytes',
    'The following options cannot be used together: delay, repeat',
  ])('says that a job can not be: %s', (message) => {
    expect(refusalOf(new Error(message))).toBe('invalid');
  });

  test('says it by its own codes', () => {
    expect(refusalOf(coded(-5, 'Missing key for parent job x. addJob'))).toBe('invalid');
  });

  test('says it in whole sentences alone: a text that holds one is not its word', () => {
    for (const message of [
      'x: Custom Id cannot contain :',
      'Custom Id cannot contain : x',
      'Priority should not be floated',
    ])
      expect(refusalOf(new Error(message))).toBe('error');
    expect(refusalOf(named('ReplyError', 'Custom Id cannot contain :'))).toBe('error');
  });
});

describe('pg-boss', () => {
  test('says that a job can not be by its assertions and by its own sentences', () => {
    expect(reasonOf(coded('ERR_ASSERTION'))).toBe('invalid');
    expect(reasonOf(new Error('key_strict_fifo queues require a singletonKey'))).toBe('invalid');
    expect(reasonOf(new Error('duplicate job id in insert batch: 1'))).toBe('invalid');
    expect(reasonOf(coded('PGBOSS_QUEUE_NOT_FOUND'))).toBe('error');
    const policy = new Error('one or more jobs could not be created.', { cause: coded('22012') });
    expect(reasonOf(policy)).toBe('error');
  });
});

describe('graphile-worker', () => {
  test.each(['GWBID', 'GWBQN', 'GWBJK', 'GWBMA', 'GWBKM'])('says that a job can not be: %s', async (code) => {
    expect((await graphile(coded(code))).reason).toBe('invalid');
  });

  test('what the driver says of its connection is told, what anybody else says without a code is not', async () => {
    const sentence = 'Connection terminated unexpectedly';
    expect(await graphile(new Error(sentence))).toMatchObject({ message: sentence, status: sentence });
    const words = JSON.stringify(await graphile(new Error('bad card 4111')));
    expect(words).toContain('graphile-worker threw: Error');
    expect(words).not.toContain('4111');
  });

  test('where JSON can not carry the payload, nothing of it is told', async () => {
    const circular: { card4111?: unknown } = {};
    circular.card4111 = circular;
    expect(await graphile(thrownBy(() => JSON.stringify(circular)))).toEqual({
      reason: 'invalid',
      message: undefined,
      status: 'invalid',
    });
  });
});

function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
