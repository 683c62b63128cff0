import { describe, expect, test } from 'vitest';
import { inlineConstants } from '../scripts/inline-constants.js';

describe('inlineConstants()', () => {
  test('inlineConstants() - puts a number in the place of its name, and leaves the lines as they are', () => {
    expect(inlineConstants('const A = 60_000;\nconst B = 4 * 1024;\nexport const f = () => A + B;\n')).toBe(
      'const A = 60_000;\nconst B = 4 * 1024;\nexport const f = () => (60_000) + (4 * 1024);\n',
    );
  });

  test.each([
    ['is exported', 'export const A = 1;\nf(A);'],
    ['is exported later', 'const A = 1;\nf(A);\nexport { A };'],
    ['is exported by another name', 'const A = 1;\nf(A);\nexport { A as B };'],
    ['is a text', "const A = 'a';\nf(A);"],
    ['changes', 'let A = 1;\nf(A);'],
    ['has another of its name', 'const A = 1;\nfunction g(A: number) { f(A); }'],
    ['is written in short', 'const A = 1;\nf({ A });'],
    ['stands within a function', 'function g() { const A = 1; f(A); }'],
  ])('inlineConstants() - leaves alone what %s', (_, text) => {
    expect(inlineConstants(text)).toBe(text);
  });

  test('inlineConstants() - takes no property, key, text or type for a use', () => {
    const text =
      "const A = 1;\nconst o = { A: x.A };\nconst { A: b } = o;\nimport { A as c } from 'a';\nlet d: A;\ntype T = typeof A;\nf('A', `A`);";
    expect(inlineConstants(text)).toBe(text);
  });
});
