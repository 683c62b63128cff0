import { expect, test, vi } from 'vitest';
import { retryAfterMillis } from '../../../src/sinks/webhook/retry-after.js';

const AT = 'Wed, 21 Oct 2015 07:28:00 GMT';

test.each<[string | undefined, string | undefined, number | undefined]>([
  [undefined, undefined, undefined],
  ['0', undefined, 0],
  ['120', undefined, 120_000],
  [' 120 ', AT, 120_000],
  ['-1', undefined, undefined],
  ['1.5', undefined, undefined],
  ['soon', undefined, undefined],
  ['', undefined, undefined],
  ['Wed, 21 Oct 2015 07:30:00 GMT', AT, 120_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', AT, 0],
  ['9'.repeat(400), undefined, Number.POSITIVE_INFINITY],
])('retryAfterMillis() - %o at %o is %o', (retryAfter, date, millis) => {
  expect(retryAfterMillis(retryAfter, date)).toBe(millis);
});

test.each([undefined, 'nonsense'])(
  'retryAfterMillis() - measures a date from here where the answer has the date %o',
  (date) => {
    vi.useFakeTimers({ now: Date.parse(AT) });
    try {
      expect(retryAfterMillis('Wed, 21 Oct 2015 07:28:05 GMT', date)).toBe(5_000);
    } finally {
      vi.useRealTimers();
    }
  },
);
