import { expect, test } from 'vitest';
import { auditKills } from '../faults/audit-kills.js';

test('a trail - whose writer is killed at random moments has all that was acknowledged, and one writer', async () => {
  const result = await auditKills(20);
  expect(result).toMatchObject({ rounds: 20, seconds: 10, lost: 0, notRefused: 0, invalid: [] });
  expect(result.acknowledged).toBeGreaterThan(0);
}, 300_000);
