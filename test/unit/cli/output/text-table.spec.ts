import { counted, printed, printedList, textTable } from '../../../../lib/cli/output/text-table.js';

describe('textTable', () => {
  it('makes each column as wide as its widest cell', () => {
    expect(textTable(['role', 'got'], [['administrator', 'a'], ['x'], ['y', 'allowed']])).toBe(
      ['role           got', 'administrator  a', 'x', 'y              allowed'].join('\n'),
    );
  });
});

describe('printed', () => {
  it.each([
    ['orders:read', 'orders:read'],
    ['Prüfer', 'Prüfer'],
    ['a b', '"a b"'],
    ['', '""'],
    ['\u001b[31m', '"\\u001b[31m"'],
    ['a\u202eb', '"a\\u{202e}b"'],
  ])('formats %j as %j', (name, shown) => {
    expect(printed(name)).toBe(shown);
  });
});

describe('printedList', () => {
  it('counts names beyond the tenth', () => {
    const names = Array.from({ length: 12 }, (_, number) => `r${number}`);
    expect(printedList(names)).toBe('r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 2 more');
  });
});

describe('counted', () => {
  it('uses singular and plural', () => {
    expect([0, 1, 2].map((count) => counted(count, 'role'))).toEqual(['0 roles', '1 role', '2 roles']);
  });
});
