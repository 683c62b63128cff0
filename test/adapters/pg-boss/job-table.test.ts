import type { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { expect, test } from 'vitest';
import { JobTable } from '../../../src/adapters/pg-boss/job-table.js';
import { CORE } from '../../../src/box/core.js';

test('the table of jobs - is not asked which of no jobs are gone: most of many queues are empty', async () => {
  const asked: string[] = [];
  const boss = {
    getDb: () => ({
      executeSql: async (sql: string) => {
        asked.push(sql);
        return { rows: sql.includes('pg_attribute') ? [{ name: 'id' }] : [] };
      },
    }),
  } as unknown as PgBoss;
  const table = new JobTable(boss, createSignalbox()[CORE], 'pgboss');

  expect(await table.gone('mail', [])).toEqual([]);
  expect(asked).toEqual([]);
  const row = { id: 'a', state: 'created', attempts: 0, runnableFor: 0 };
  expect(await table.gone('mail', [row])).toEqual([row]);
  expect(asked).toHaveLength(2);
});
