import fc from 'fast-check';
import { drop, lastFour, mask } from 'signalbox/redaction';
import { describe, expect, test } from 'vitest';

describe('drop', () => {
  test('drop - nothing leaves', () => {
    expect(drop('u-1')).toBeUndefined();
  });
});

describe('mask', () => {
  test('mask - is the same for every text, so that its length tells nothing', () => {
    fc.assert(fc.property(fc.string(), (text) => mask(text) === '********'));
  });
});

describe('lastFour', () => {
  test.each([
    ['4111111111111111', '********1111'],
    ['411111111111', '********1111'],
    ['41111111111', '********'],
    ['', '********'],
    ['ab-cd-ef-gh-😀😁😂😃', '********😀😁😂😃'],
  ])('lastFour - of %s is %s', (text, shown) => {
    expect(lastFour(text)).toBe(shown);
  });

  test('lastFour - shows four characters of a text of twelve and more, whole ones, and nothing of a shorter one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const characters = [...text];
        const shown = characters.length < 12 ? '' : characters.slice(-4).join('');
        return lastFour(text) === `********${shown}`;
      }),
    );
  });
});
