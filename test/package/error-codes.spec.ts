import { readFileSync } from 'node:fs';
import { readSources } from './imports.js';

const TABLE = 'docs/error-codes.md';

/** Matches error codes in the source. Injection tokens and exported constants have no quotes. */
const written = new Set(
  [...readSources('lib', '.ts').values()].flatMap((source) => source.match(/(?<=')AUTHZ_[A-Z_]+(?=')/g) ?? []),
);
/** Each code and its anchor. */
const rows = [...readFileSync(TABLE, 'utf8').matchAll(/^\| (?:<a id="(\w+)"><\/a>)?`(AUTHZ_[A-Z_]+)` +\|/gm)];
const documented = rows.map(([, , code]) => code ?? '');

describe('the table of error codes', () => {
  it('has every code of the library, and no other', () => {
    expect([...documented].sort()).toEqual([...written].sort());
  });

  it('has each code as an anchor, so that messages, searches and documents can lead to it', () => {
    expect(rows.filter(([, anchor, code]) => anchor !== code).map(([row]) => row)).toEqual([]);
  });

  it('is linked from the README and from CONTRIBUTING', () => {
    for (const file of ['README.md', 'CONTRIBUTING.md']) expect(readFileSync(file, 'utf8')).toContain(`(${TABLE})`);
  });
});
