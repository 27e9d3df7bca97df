import { rota } from './rota.js';

/** A document that must never replace the one in force. */
interface BrokenDocument {
  readonly what: string;
  /** Its content, if `revision` is in force with this sequence. */
  readonly textAfter: (revision: number) => string;
  readonly message: RegExp;
}

/** The next revision, with a fault. */
const next = (revision: number) => rota(revision + 1, revision + 1);
const nextWith = (revision: number, more: object) => JSON.stringify({ ...next(revision), ...more });
const withRole = (revision: number, name: string, role: unknown) =>
  nextWith(revision, { roles: { ...next(revision).roles, [name]: role } });

/** Faults for any source. */
export const BROKEN_DOCUMENTS: readonly BrokenDocument[] = [
  {
    what: 'one that is cut off',
    textAfter: (revision) => JSON.stringify(next(revision)).slice(0, -40),
    message: /line 1, column|is not JSON|not a JSON object|does not parse/,
  },
  { what: 'no JSON', textAfter: () => '{"roles": {,}}', message: /line 1, column|is not JSON|not a JSON object|does not parse/ },
  { what: 'no mapping', textAfter: () => '[]', message: /must be an object|is not a JSON object/ },
  {
    what: 'one nested without end',
    textAfter: (revision) => `{"sequence":${revision + 1},"roles":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    message: /is nested more than 64 deep/,
  },
  { what: 'a misspelt member', textAfter: (revision) => nextWith(revision, { role: {} }), message: /role/ },
  {
    what: 'a pattern that is none',
    textAfter: (revision) => withRole(revision, 'porter', ['ord*']),
    message: /roles\.porter\[0\] \(line 1, column \d+\)/,
  },
  {
    what: 'roles that inherit from each other',
    textAfter: (revision) => withRole(revision, 'rota-early', { inherits: ['nurse', 'rota-early'] }),
    message: /inherit/,
  },
  {
    what: 'a parent that is not there',
    textAfter: (revision) => withRole(revision, 'porter', { inherits: ['keper'] }),
    message: /Did you mean "keeper"\?/,
  },
  {
    what: 'an older one',
    textAfter: (revision) => JSON.stringify(rota(revision + 2, revision - 1)),
    message: /"?sequence"?: is \d+, lower than/,
  },
  {
    what: 'another one of the same sequence',
    textAfter: (revision) => JSON.stringify(rota(revision + 1, revision)),
    message: /which has other content/,
  },
  {
    what: 'one without a sequence',
    textAfter: (revision) => JSON.stringify(rota(revision + 1)),
    message: /sequence.*is missing|without a "sequence"/,
  },
  {
    what: 'one that has ended',
    textAfter: (revision) => nextWith(revision, { notAfter: '2020-01-01T00:00:00Z' }),
    message: /notAfter.*it expired at 2020-01-01/,
  },
];

/** A few bytes that expand when they are parsed. */
export const ALIAS_BOMB: BrokenDocument = {
  what: 'YAML that grows without end',
  textAfter: () =>
    [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]`),
    ].join('\n'),
  message: /cannot be expanded/,
};

/** Larger than any source accepts. */
export const HUGE_BYTES = 100 * 1024 * 1024;
