import fc from 'fast-check';
import { findingWords, type Finding } from '../../../../lib/authentication/index.js';
import { malformedToken } from '../../../../lib/authentication/tokens/malformed-token.js';
import { UnreadableClaim } from '../../../../lib/core/index.js';

const sentence = (finding: Finding) => {
  const { came, expected, remedy } = findingWords(finding);
  return `Received: ${came}. Expected: ${expected}. ${remedy}`;
};
const issuer = (came: unknown, ...expected: string[]): Finding => ({ kind: 'issuer', came, expected, isResolved: false });
const malformed = (token: string, max = 100) => malformedToken(token, max, 'malformed');
const time = (claim: 'exp' | 'nbf' | 'iat', came: number): Finding => ({
  kind: 'time',
  claim,
  came,
  now: 1_800_000_000,
  tolerance: 30,
});

describe('findingWords', () => {
  it.each<[string, Finding, string]>([
    ['a slash', issuer('https://id.acme.com/', 'https://id.acme.com'), 'by a slash at the end only'],
    ['http', issuer('http://id.acme.com', 'https://id.acme.com'), 'by http and https only'],
    ['case', issuer('https://id.acme.com/realms/Acme', 'https://id.acme.com/realms/acme'), 'by upper and lower case only'],
    ['several of these', issuer('http://ID.acme.com/', 'https://id.acme.com'), 'Compare it with "https://id.acme.com"'],
    ['a letter', issuer('https://id.acne.com', 'https://id.acme.com'), 'Compare it with "https://id.acme.com"'],
    ['everything', issuer('https://evil.example', 'https://id.acme.com'), 'another issuer, tenant or environment'],
    ['being absent', issuer(undefined, 'https://id.acme.com'), 'iss: absent. Expected: "https://id.acme.com"'],
  ])('describes the difference of an issuer: %s', (_what, finding, words) => {
    expect(sentence(finding)).toContain(words);
  });

  it.each<[string, Finding, string]>([
    [
      'of legacyIssuer() is signed with another hash',
      { kind: 'algorithm', came: 'HS512', expected: ['HS256'] },
      'sign with HS256',
    ],
    ['of legacyIssuer() is signed with a key', { kind: 'algorithm', came: 'RS256', expected: ['HS256'] }, 'sign with HS256'],
    ['is signed with a secret', { kind: 'algorithm', came: 'HS256', expected: ['RS256'] }, 'need legacyIssuer()'],
    ['is signed with another key', { kind: 'algorithm', came: 'PS256', expected: ['RS256'] }, 'add it to "algorithms"'],
  ])('says what to do if a token %s', (_what, finding, words) => {
    expect(sentence(finding)).toContain(words);
  });

  it('looks at a bounded number of names, however many the options or a token have', () => {
    const reads = { count: 0 };
    const counting = (length: number, name: (index: number) => string) =>
      new Proxy(
        Array.from({ length }, (_, index) => name(index)),
        {
          get: (list, member, receiver) => {
            if (typeof member === 'string' && /^\d+$/.test(member)) reads.count++;
            return Reflect.get(list, member, receiver) as unknown;
          },
        },
      );
    const many = counting(10_000, (index) => `https://tenant-${index}.acme.com`);
    const words = sentence({ kind: 'issuer', came: 'https://tenant-0.acme.con', expected: many, isResolved: false });
    expect(words).toContain('Compare it with "https://tenant-0.acme.com"');
    expect(words).toContain('and 9995 more');
    sentence({ kind: 'audience', came: Array.from({ length: 3000 }, (_, index) => `of-${index}`), expected: many });
    expect(reads.count).toBeLessThan(1000);
  });

  it.each<[string, string]>([
    ['', 'an empty string'],
    ['undefined', 'a word such as "undefined"'],
    ['"a.b.c"', 'quotes'],
    ['Bearer a.b.c', 'a second "Bearer"'],
    ['opaque', 'one part. Expected: a signed JWT of three parts. It is opaque'],
    ['a.b.c.d.e', 'It is encrypted (JWE)'],
    ['a.b', '2 parts'],
    ['a.b.c', 'whose header or signature cannot be read'],
    ['a.b.', 'whose signature is empty. Expected: a signed JWT of three parts. The token is not signed (alg "none")'],
    ['a'.repeat(101), 'a token of 101 characters. Expected: at most 100'],
  ])('describes why %.20j is no token, without showing it', (token, words) => {
    expect(sentence(malformed(token))).toContain(words);
  });

  it.each<[Finding, string]>([
    [time('exp', 1_799_999_900), 'exp 2027-01-15T07:58:20.000Z, 100 s ago'],
    [time('exp', 1_799_000_000), '12 d ago'],
    [time('nbf', 1_800_000_240), '4 min from now'],
    [time('iat', 1_800_000_000_000), 'The issuer writes iat in milliseconds'],
    [time('nbf', 1e300), 'The issuer writes nbf in milliseconds'],
  ])('describes times and clocks: %j', (finding, words) => {
    expect(sentence(finding)).toContain(words);
  });

  it.each<[Finding, string]>([
    [{ kind: 'audience', came: 'users', expected: ['orders'] }, 'aud "users". Expected: "orders"'],
    [
      { kind: 'audience', came: ['https://orders.acme.com'], expected: ['https://orders.acme.com/'] },
      'Compare it with "https://orders.acme.com/"',
    ],
    [
      { kind: 'key', kid: 'k9', alg: 'RS256', held: [{ kid: 'k1', algorithms: new Set(['RS256', 'PS256']) }] },
      'kid "k9" with alg "RS256". Expected: one of "k1" (RS256, PS256)',
    ],
    [{ kind: 'claim', claim: 'sub', came: 'secret@acme.com', expected: 'a string' }, 'claim "sub": a string'],
    [{ kind: 'claim', claim: 'sub', came: undefined, expected: 'a string' }, 'claim "sub": absent'],
    [{ kind: 'claim', claim: 'sub', came: 7, expected: 'a string' }, 'name the claim that identifies the caller in "subject"'],
    [{ kind: 'claim', claim: 'exp', came: undefined, expected: 'a number' }, 'a token that never expires is not accepted'],
    [{ kind: 'claim', claim: 'iat', came: undefined, expected: 'a number' }, 'or change the option that requires it'],
    [{ kind: 'claim', claim: 'tid', came: 'b', expected: ['a'] }, 'claim "tid": "b". Expected: "a"'],
    [{ kind: 'token_kind', sign: 'nonce', came: 'n-0S6_WzA2Mj', expected: 'access' }, 'nonce (the claim is there)'],
    [{ kind: 'token_kind', sign: 'typ', came: 'ID', expected: 'access' }, 'typ "ID". Expected: an access token'],
    [{ kind: 'unreadable', claim: new UnreadableClaim('tenant', 'org', 'a list of 2', 'Do this.') }, 'a list of 2'],
  ])('names the value received and the value expected: %j', (finding, words) => {
    expect(sentence(finding)).toContain(words);
  });

  it('keeps whatever a token holds on one line, and short', () => {
    const odd = fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 3000 }));
    const findings: fc.Arbitrary<Finding> = fc.oneof(
      fc.record({ kind: fc.constant('issuer' as const), came: odd, expected: fc.array(fc.string()), isResolved: fc.boolean() }),
      fc.record({ kind: fc.constant('audience' as const), came: odd, expected: fc.array(fc.string()) }),
      fc.record({ kind: fc.constant('algorithm' as const), came: odd, expected: fc.array(fc.string()) }),
      fc.record({ kind: fc.constant('claim' as const), claim: fc.string(), came: odd, expected: fc.array(fc.string()) }),
      fc.record({ kind: fc.constant('foreign_role' as const), role: odd }),
      fc.record({
        kind: fc.constant('time' as const),
        claim: fc.constant('exp' as const),
        came: fc.double(),
        now: fc.double(),
        tolerance: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(findings, (finding) => {
        const line = sentence(finding);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.length).toBeLessThan(1500);
      }),
    );
  });
});
