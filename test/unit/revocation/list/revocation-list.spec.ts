import fc from 'fast-check';
import type { Coarsened } from '../../../../lib/revocation/list/coarsen.js';
import { RevocationList, type RevocationEntry } from '../../../../lib/revocation/index.js';
import { ISSUER, restore, revoke, revokeToken, token } from '../entries.js';

const LIMITS = { maxEntries: 1000, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 30 };
const NOW = 1000;

function listOf(...entries: RevocationEntry[]): RevocationList {
  const list = new RevocationList(LIMITS);
  for (const entry of entries) list.apply(entry, NOW);
  return list;
}

describe('a rule', () => {
  it.each([
    ['session', 'session-1'],
    ['subject', 'carl'],
    ['client', 'web'],
    ['tenant', 'acme'],
    ['issuer', ''],
  ] as const)('about a %s revokes tokens issued up to its cut-off, of this issuer and value only', (kind, value) => {
    const list = listOf(revoke({ kind, value }));
    expect(list.covers(token())).toBe(true);
    expect(list.covers(token({ issuedAt: 1000 }))).toBe(true);
    expect(list.covers(token({ issuedAt: 1000.5 }))).toBe(false);
    expect(list.covers(token({ issuedAt: 1001 }))).toBe(false);
    expect(list.covers(token({ issuer: 'https://other.test' }))).toBe(false);
    const others = { session: 'other', subject: 'other', client: 'other', tenant: 'other' };
    expect(list.covers(token(others))).toBe(kind === 'issuer');
    const none = { session: undefined, subject: undefined, client: undefined, tenant: undefined };
    expect(list.covers(token(none))).toBe(kind === 'issuer');
  });

  it('about everything revokes tokens of any issuer up to its cut-off', () => {
    const list = listOf(revoke({ kind: 'everything', issuer: '', value: '' }));
    expect(list.covers(token({ issuer: 'https://other.test' }))).toBe(true);
    expect(list.covers(token({ issuedAt: 1001 }))).toBe(false);
  });

  it('about one token revokes it whenever it was issued, and no other', () => {
    const list = listOf(revokeToken('token-1'));
    expect(list.covers(token({ issuedAt: 5000 }))).toBe(true);
    expect(list.covers(token({ token: 'token-2' }))).toBe(false);
    expect(list.covers(token({ token: undefined }))).toBe(false);
    expect(list.covers(token({ issuer: 'https://other.test' }))).toBe(false);
  });

  it('revokes a token without "iat"', () => {
    expect(listOf(revoke()).covers(token({ issuedAt: undefined }))).toBe(true);
    expect(listOf(revoke({ value: 'vera' })).covers(token({ issuedAt: undefined }))).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('may be about a subject named %s', (value) => {
    const list = listOf(revoke({ value: 'carl' }));
    expect(list.covers(token({ subject: value }))).toBe(false);
    list.apply(revoke({ value }), NOW);
    expect(list.covers(token({ subject: value }))).toBe(true);
  });

  it('is kept for twice the clock tolerance after it expires', () => {
    const list = new RevocationList(LIMITS);
    expect(list.apply(revoke({ expiresAt: NOW - 61 }), NOW)).toBe('expired');
    expect(list.apply(revoke({ expiresAt: NOW - 59 }), NOW)).toBe('changed');
    list.sweep(NOW);
    expect(list.size).toBe(1);
    list.sweep(NOW + 1);
    expect(list.size).toBe(0);
  });

  it('is kept as long as this service accepts tokens, however short the lifetime that its maker knew', () => {
    const list = new RevocationList({ ...LIMITS, maxTokenLifetimeSeconds: 3600 });
    list.apply(revoke({ expiresAt: 1100 }), NOW);
    list.sweep(4000);
    expect(list.covers(token())).toBe(true);
    list.sweep(5000);
    expect(list.size).toBe(0);
  });
});

describe('if issuers have different token lifetimes', () => {
  const LEGACY = 'users-service';
  const limits = { ...LIMITS, maxTokenLifetimeSeconds: 600, lifetimes: new Map([[LEGACY, 7200]]) };
  const lasts = (entry: RevocationEntry, second: number) => {
    const list = new RevocationList(limits);
    list.apply({ ...entry, expiresAt: 1100 }, NOW);
    list.sweep(second);
    return list.size === 1;
  };

  it('a rule is kept for the lifetime of its issuer, one about everything for the longest', () => {
    expect([lasts(revoke(), 1600), lasts(revoke(), 1700)]).toEqual([true, false]);
    expect([lasts(revoke({ issuer: LEGACY }), 8200), lasts(revoke({ issuer: LEGACY }), 8300)]).toEqual([true, false]);
    const everything = revoke({ kind: 'everything', issuer: '', value: '' });
    expect([lasts(everything, 8200), lasts(everything, 8300)]).toEqual([true, false]);
  });

  it('a restoration is kept as long', () => {
    expect([lasts(restore({ issuer: LEGACY }), 8200), lasts(restore({ issuer: LEGACY }), 8300)]).toEqual([true, false]);
  });
});

describe('a rule that is made again', () => {
  it('has the later cut-off and the later expiry', () => {
    const list = listOf(revoke({ issuedUntil: 1000, expiresAt: 3000 }), revoke({ issuedUntil: 800, madeAt: 2_000_000 }));
    expect([...list.rules()]).toEqual([revoke({ issuedUntil: 1000, expiresAt: 3000, madeAt: 2_000_000 })]);
  });

  it('changes nothing if it adds nothing', () => {
    const list = listOf(revoke(), revokeToken('token-1'));
    expect([list.apply(revoke(), NOW), list.apply(revokeToken('token-1'), NOW)]).toEqual(['known', 'known']);
    expect(list.size).toBe(2);
  });
});

describe('a rule that is restored', () => {
  it.each([
    ['a subject', revoke(), restore({ madeAt: 1_000_001 })],
    ['a token', revokeToken('token-1'), restore({ kind: 'token', value: 'token-1', madeAt: 1_000_001 })],
    [
      'everything',
      revoke({ kind: 'everything', issuer: '', value: '' }),
      restore({ kind: 'everything', issuer: '', value: '', madeAt: 1_000_001 }),
    ],
  ])('about %s revokes nothing any more, whichever entry arrives first', (_, revoked, restored) => {
    expect(listOf(revoked, restored).covers(token())).toBe(false);
    expect(listOf(restored, revoked).covers(token())).toBe(false);
    expect(listOf(revoked, restored, revoked).covers(token())).toBe(false);
  });

  it('stays in force if it was made after the restoration', () => {
    for (const rule of [revoke({ madeAt: 1_000_002 }), revokeToken('token-1', { madeAt: 1_000_002 })]) {
      const back = restore({ kind: rule.kind, value: rule.value, madeAt: 1_000_001 });
      expect(listOf(rule, back).covers(token())).toBe(true);
      expect(listOf(back, rule).covers(token())).toBe(true);
    }
  });

  it('leaves the other rules alone', () => {
    const list = listOf(revoke(), revoke({ kind: 'session', value: 'session-1' }), restore({ madeAt: 2_000_000 }));
    expect(list.covers(token())).toBe(true);
  });
});

describe('whatever the order and number of times in which entries arrive', () => {
  const entry = fc
    .record({
      act: fc.constantFrom('revoke' as const, 'restore' as const),
      kind: fc.constantFrom('token' as const, 'subject' as const, 'issuer' as const, 'everything' as const),
      issuedUntil: fc.integer({ min: 850, max: 950 }),
      madeAt: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ act, kind, issuedUntil, madeAt }) => {
      const about = {
        kind,
        issuer: kind === 'everything' ? '' : ISSUER,
        value: kind === 'token' ? 'token-1' : kind === 'subject' ? 'carl' : '',
        madeAt,
      };
      if (act === 'restore') return restore(about);
      return kind === 'token' ? revokeToken('token-1', about) : revoke({ ...about, issuedUntil });
    });

  it('no token passes that the latest entry revokes', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 12 }).chain((entries) =>
          fc.record({
            entries: fc.constant(entries),
            shuffled: fc.shuffledSubarray([...entries, ...entries], { minLength: 2 * entries.length }),
          }),
        ),
        ({ entries, shuffled }) => {
          const list = listOf(...shuffled);
          const isWithdrawn = entries.some(
            ({ act, kind, value, madeAt, issuedUntil = Infinity }) =>
              act === 'revoke' &&
              issuedUntil >= 900 &&
              !entries.some(
                (other) => other.act === 'restore' && other.kind === kind && other.value === value && other.madeAt >= madeAt,
              ),
          );
          if (isWithdrawn) expect(list.covers(token())).toBe(true);
          // Without restorations, the order makes no difference at all.
          if (entries.every(({ act }) => act === 'revoke')) {
            const sorted = (of: RevocationList) => [...of.rules()].map((rule) => JSON.stringify(rule)).sort();
            expect(sorted(list)).toEqual(sorted(listOf(...entries)));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('at the limit', () => {
  function full(entries: readonly RevocationEntry[], maxEntries = 100) {
    const coarsened: Coarsened[] = [];
    const list = new RevocationList({ ...LIMITS, maxEntries }, (event) => coarsened.push(event));
    for (const entry of entries) list.apply(entry, NOW);
    return { list, coarsened };
  }
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

  it('many tokens of few subjects are replaced by rules about the subjects', () => {
    const entries = times(500, (index) => revokeToken(`token-${index}`, { subject: `subject-${index % 5}` }));
    const { list, coarsened } = full([revoke({ value: 'vera' }), ...entries]);
    expect(coarsened[0]).toMatchObject({ by: 'subject', issuer: ISSUER });
    expect(list.size).toBeLessThanOrEqual(100);
    for (let index = 0; index < 500; index++)
      expect(list.covers(token({ token: `token-${index}`, subject: `subject-${index % 5}`, issuedAt: NOW + 30 }))).toBe(true);
    expect(list.covers(token({ token: 'other', subject: 'anna' }))).toBe(false);
    expect(list.covers(token({ subject: 'vera', token: 'other' }))).toBe(true);
  });

  it('sessions of one subject are replaced by a rule about that subject, and no other user is logged out', () => {
    const others = times(80, (index) => revoke({ kind: 'session', value: `other-${index}`, subject: `subject-${index}` }));
    const flood = times(5000, (index) => revoke({ kind: 'session', value: `session-${index}`, subject: 'carl' }));
    const { list, coarsened } = full([...others, ...flood]);
    expect(coarsened).toMatchObject([{ by: 'subject', issuer: ISSUER, added: [{ kind: 'subject', value: 'carl' }] }]);
    expect(list.size).toBeLessThanOrEqual(100);
    expect(list.covers(token({ session: 'session-4999' }))).toBe(true);
    expect(list.covers(token({ session: 'another', subject: 'anna', issuedAt: 1 }))).toBe(false);
    expect(list.covers(token({ session: 'another', subject: 'subject-1', issuedAt: 1 }))).toBe(false);
    // Up to the last of the logouts, not up to now.
    expect(list.covers(token({ session: 'new', issuedAt: NOW + 0.5 }))).toBe(false);
  });

  it('the subject with the most rules is replaced first, of any issuer', () => {
    const other = 'https://other.test';
    const singles = times(60, (index) => revoke({ value: `subject-${index}` }));
    const pair = times(2, (index) => revoke({ kind: 'session', value: `pair-${index}`, subject: 'vera' }));
    const flood = times(60, (index) => revokeToken(`token-${index}`, { issuer: other, subject: 'carl' }));
    const { list, coarsened } = full([...singles, ...pair, ...flood]);
    expect(coarsened).toMatchObject([{ by: 'subject', issuer: other }]);
    expect(list.covers(token({ subject: 'vera', session: 'another', token: 'another' }))).toBe(false);
    expect(list.covers(token({ subject: 'vera', session: 'pair-1', token: 'another' }))).toBe(true);
  });

  it('a subject that two rules about a session disagree on is not used', () => {
    const { list } = full([
      ...times(80, (index) => revoke({ value: `subject-${index}` })),
      revoke({ kind: 'session', value: 'shared', subject: 'vera' }),
      revoke({ kind: 'session', value: 'shared', subject: 'carl', madeAt: 1_000_001 }),
      ...times(40, (index) => revoke({ kind: 'session', value: `session-${index}`, subject: 'carl' })),
    ]);
    expect(list.covers(token({ session: 'shared', subject: 'vera' }))).toBe(true);
  });

  it('if no subject has several rules, the oldest rules are replaced: a newer token passes', () => {
    const sessions = times(101, (index) => revoke({ kind: 'session', value: `session-${index}`, issuedUntil: 800 + index }));
    const { list, coarsened } = full(sessions);
    expect(coarsened).toMatchObject([{ by: 'issuer', replaced: 11, added: [{ kind: 'issuer', issuedUntil: 810 }] }]);
    expect(list.covers(token({ session: 'another', issuedAt: 810 }))).toBe(true);
    expect(list.covers(token({ session: 'another', issuedAt: 811 }))).toBe(false);
    expect(list.covers(token({ session: 'session-50', issuedAt: 850 }))).toBe(true);
  });

  it('replaced rules that are read again change nothing', () => {
    const sessions = times(101, (index) => revoke({ kind: 'session', value: `session-${index}`, issuedUntil: 800 + index }));
    const { list, coarsened } = full(sessions);
    expect(sessions.map((entry) => list.apply(entry, NOW)).every((applied) => applied === 'known')).toBe(true);
    expect(coarsened).toHaveLength(1);
    // A rule that is made anew is a rule of its own.
    expect(list.apply(revoke({ kind: 'session', value: 'session-1', issuedUntil: 801, madeAt: 2_000_000 }), NOW)).toBe('changed');
  });

  it('revoked tokens stay revoked, and no unrelated subject is affected while others have several rules', () => {
    const SUBJECTS = 30;
    const rule = fc.record({
      kind: fc.constantFrom('token' as const, 'session' as const),
      subject: fc.integer({ min: 0, max: SUBJECTS - 1 }),
      issuedUntil: fc.integer({ min: 500, max: 999 }),
    });
    fc.assert(
      fc.property(fc.array(rule, { minLength: 101, maxLength: 400 }), (rules) => {
        const given = rules.map(({ kind, subject, issuedUntil }, index) => {
          const terms = { subject: `subject-${subject}`, madeAt: issuedUntil * 1000 };
          return kind === 'token'
            ? revokeToken(`id-${index}`, terms)
            : revoke({ kind, value: `id-${index}`, issuedUntil, ...terms });
        });
        const { list, coarsened } = full(given);
        expect(coarsened.every(({ by }) => by === 'subject')).toBe(true);
        expect(list.size).toBeLessThanOrEqual(100);
        rules.forEach(({ kind, subject, issuedUntil }, index) => {
          const held = token({
            token: 'x',
            session: 'x',
            [kind]: `id-${index}`,
            subject: `subject-${subject}`,
            issuedAt: issuedUntil,
          });
          expect(list.covers(held)).toBe(true);
        });
        expect(list.covers(token({ subject: 'nobody', session: 'x', token: 'x', issuedAt: 1 }))).toBe(false);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('tokens of as many subjects are replaced by a rule about the issuer, with its other rules', () => {
    const entries = times(500, (index) => revokeToken(`token-${index}`, { subject: `subject-${index}` }));
    const { list, coarsened } = full([revoke({ value: 'vera' }), ...entries]);
    expect(coarsened[0]).toMatchObject({ by: 'issuer', issuer: ISSUER, replaced: 100 });
    expect(list.covers(token({ token: 'token-0', issuedAt: NOW + 30 }))).toBe(true);
    expect(list.covers(token({ token: 'other', subject: 'vera' }))).toBe(true);
    expect(list.covers(token({ token: 'other', subject: 'anna', issuedAt: NOW + 31 }))).toBe(false);
    expect(list.size).toBeLessThanOrEqual(100);
  });

  it('the issuer with the most rules gets the wider rule', () => {
    const other = 'https://other.test';
    const { list } = full([
      revoke({ issuer: other, value: 'carl' }),
      ...times(120, (index) => revoke({ value: `subject-${index}` })),
    ]);
    expect(list.covers(token({ subject: 'anna' }))).toBe(true);
    expect(list.covers(token({ issuer: other }))).toBe(true);
    expect(list.covers(token({ issuer: other, subject: 'anna' }))).toBe(false);
  });

  it('expired rules are removed first, and then no rule has to be replaced', () => {
    const entries = times(99, (index) => revoke({ value: `subject-${index}`, expiresAt: NOW }));
    const { list, coarsened } = full(entries);
    list.apply(revoke(), NOW + 61);
    list.apply(revoke({ value: 'vera' }), NOW + 61);
    expect(coarsened).toEqual([]);
    expect([...list.rules()].map(({ value }) => value)).toEqual(['carl', 'vera']);
  });

  it('no rule is ever lost, however many arrive', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constantFrom('token' as const, 'subject' as const, 'client' as const),
            value: fc.integer({ min: 0, max: 400 }),
            issuer: fc.constantFrom(ISSUER, 'https://other.test'),
          }),
          { minLength: 150, maxLength: 400 },
        ),
        (rules) => {
          const { list } = full([]);
          for (const { kind, value, issuer } of rules) {
            const name = `${kind}-${value}`;
            list.apply(
              kind === 'token'
                ? revokeToken(name, { issuer, subject: `subject-${value % 20}` })
                : revoke({ kind, issuer, value: name }),
              NOW,
            );
          }
          expect(list.size).toBeLessThanOrEqual(101);
          for (const { kind, value, issuer } of rules)
            expect(list.covers(token({ issuer, subject: `subject-${value % 20}`, [kind]: `${kind}-${value}` }))).toBe(true);
        },
      ),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('a stand-in is not sent to other processes as a rule', () => {
    const { list } = full(times(120, (index) => revoke({ value: `subject-${index}` })));
    const standIns = [...list.entries()].filter(({ standsIn }) => standsIn);
    expect(standIns).toMatchObject([{ kind: 'issuer', issuer: ISSUER }]);
    list.apply(revoke({ kind: 'issuer', value: '', madeAt: 2_000_000 }), NOW);
    const sent = [...list.entries()].filter(({ standsIn }) => standsIn !== true);
    expect(sent).toContainEqual(revoke({ kind: 'issuer', value: '', madeAt: 2_000_000 }));
  });

  it.each([
    ['subject', 'carl', () => 'carl'],
    ['issuer', '', (index: number) => `subject-${index}`],
  ] as const)('restoring a rule about a %s does not restore what a stand-in covers', (kind, value, subjectOf) => {
    const { list, coarsened } = full(times(101, (index) => revokeToken(`token-${index}`, { subject: subjectOf(index) })));
    expect(coarsened[0]?.by).toBe(kind);
    list.apply(revoke({ kind, value }), NOW);
    list.apply(restore({ kind, value, madeAt: 9_000_000 }), NOW);
    for (let index = 0; index < 101; index++)
      expect(list.covers(token({ token: `token-${index}`, subject: subjectOf(index) }))).toBe(true);
  });

  it('stand-ins survive a restart, and expire when the replaced rules would have', () => {
    const { list } = full(times(101, (index) => revokeToken(`token-${index}`, { subject: 'carl' })));
    const recalled = new RevocationList({ ...LIMITS, maxEntries: 100 });
    for (const entry of list.entries()) recalled.apply(entry, NOW);
    expect(recalled.covers(token({ token: 'token-0' }))).toBe(true);
    for (const each of [list, recalled]) for (let step = 0; step < 3; step++) each.sweep(3000);
    expect([list.size, recalled.size]).toEqual([0, 0]);
  });

  it('makes room also if each issuer has few rules', () => {
    const entries = times(2000, (index) => revoke({ issuer: `https://${index % 50}.test`, value: `subject-${index}` }));
    const { list } = full(entries, 200);
    expect(list.size).toBeLessThanOrEqual(200);
    for (const { issuer, value } of entries) expect(list.covers(token({ issuer, subject: value }))).toBe(true);
  });
});
