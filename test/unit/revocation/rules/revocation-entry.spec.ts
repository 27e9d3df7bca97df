import fc from 'fast-check';
import { serializeEntry, readEntry } from '../../../../lib/revocation/index.js';
import { restore, revoke, revokeToken } from '../entries.js';

describe('readEntry', () => {
  it.each([
    revoke(),
    revoke({ reason: 'left the company' }),
    revokeToken('token-1', { subject: 'carl' }),
    revoke({ kind: 'issuer', value: '' }),
    revoke({ kind: 'everything', issuer: '', value: '' }),
    revoke({ standsIn: true }),
    restore(),
  ])('reads what serializeEntry wrote: %j', (entry) => {
    expect(readEntry(serializeEntry(entry))).toEqual(JSON.parse(JSON.stringify(entry)));
    expect(readEntry(JSON.parse(serializeEntry(entry)))).toEqual(readEntry(serializeEntry(entry)));
  });

  it('fills in the members that a kind does not have, and drops those that it does not use', () => {
    const everything = { ...revoke({ kind: 'everything' }), issuer: undefined, value: undefined };
    expect(readEntry(JSON.stringify(everything))).toEqual(revoke({ kind: 'everything', issuer: '', value: '' }));
    expect(readEntry({ ...revokeToken('token-1'), issuedUntil: 5, more: 1 })).toEqual(revokeToken('token-1'));
    expect(readEntry({ ...revoke(), subject: 'vera' })).toEqual(revoke());
  });

  it('reads a whole number as a string, as in tokens, and no other number', () => {
    expect(readEntry({ ...revoke({ kind: 'tenant' }), value: 42 })).toEqual(revoke({ kind: 'tenant', value: '42' }));
    expect(readEntry({ ...revokeToken('x'), value: 7, subject: 8 })).toEqual(revokeToken('7', { subject: '8' }));
    for (const value of [1.5, 2 ** 53, NaN]) expect(readEntry({ ...revoke(), value })).toBe(`"value" is ${value}`);
  });

  it.each([
    ['', 'it is not a JSON object'],
    ['{', 'it is not a JSON object'],
    ['[]', 'it is not a JSON object'],
    [7, 'it is not a JSON object'],
    [{ ...revoke(), act: 'forget' }, '"act" is "forget"'],
    [{ ...revoke(), kind: 'user' }, '"kind" is "user"'],
    [{ ...revoke(), kind: '__proto__' }, '"kind" is "__proto__"'],
    [{ ...revoke(), issuer: undefined }, '"issuer" is nothing'],
    [{ ...revoke(), issuer: 7 }, '"issuer" is 7'],
    [{ ...revoke(), kind: 'everything', value: '' }, '"issuer" is "https://id.acme.test"'],
    [{ ...revoke(), value: '' }, '"value" is ""'],
    [{ ...revoke(), value: ['carl'] }, '"value" is ["carl"]'],
    [{ ...revoke(), value: 'x'.repeat(257) }, `"value" is "${'x'.repeat(76)}...`],
    [{ ...revoke(), value: 'half \ud800' }, '"value" is "half \\ud800"'],
    [{ ...revoke(), kind: 'issuer' }, '"value" is "carl"'],
    [{ ...revoke(), issuedUntil: undefined }, '"issuedUntil" is nothing'],
    [{ ...revoke(), issuedUntil: '1000' }, '"issuedUntil" is "1000"'],
    [{ ...revoke(), issuedUntil: -1 }, '"issuedUntil" is -1'],
    [{ ...revoke(), issuedUntil: 1_700_000_000_000 }, '"issuedUntil" is 1700000000000'],
    [{ ...revoke(), expiresAt: null }, '"expiresAt" is null'],
    [{ ...revoke(), expiresAt: NaN }, '"expiresAt" is NaN'],
    [{ ...revoke(), madeAt: Infinity }, '"madeAt" is Infinity'],
    [{ ...revokeToken('token-1'), subject: {} }, '"subject" is {}'],
    [{ ...revoke(), reason: 'x'.repeat(201) }, `"reason" is "${'x'.repeat(76)}...`],
  ])('says what is wrong with %j', (given, fault) => {
    expect(readEntry(given)).toBe(fault);
  });

  it('does not let a clock that is far ahead win for ever', () => {
    const now = 5_000_000;
    const ahead = now + 600_000;
    const read = (entry: object) => readEntry(entry, now);
    expect(read(revoke({ madeAt: ahead, issuedUntil: ahead / 1000 }))).toMatchObject({
      madeAt: ahead,
      issuedUntil: ahead / 1000,
    });
    // The cut-off stays: this clock may be the wrong one.
    expect(read(revoke({ madeAt: 4e12, issuedUntil: 4e9 }))).toMatchObject({ madeAt: ahead, issuedUntil: 4e9 });
    expect(read(revokeToken('token-1', { madeAt: 4e12 }))).toEqual(revokeToken('token-1', { madeAt: ahead }));
    expect(read(restore({ madeAt: ahead + 1 }))).toMatchObject({ act: 'restore', madeAt: ahead + 1 });
    expect(read(restore({ madeAt: ahead + 60_001 }))).toBe('"madeAt" is 5660001, which is in the future');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (given) => {
        expect(['string', 'object']).toContain(typeof readEntry(given));
      }),
      { numRuns: 1000 },
    );
  });
});
