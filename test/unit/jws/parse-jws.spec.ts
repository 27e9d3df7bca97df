import fc from 'fast-check';
import { parseJws, verifyJws, type Jws } from '../../../lib/jws/index.js';
import { collectGarbage } from '../../memory/collect-garbage.js';
import { turns } from '../../waiting/turns.js';
import { base64url, goodToken, PAIRS, signerOf, token, verifierOf, withSignature } from './key-kit.js';

const LIMIT = 1_000_000;
const FAULTS = ['malformed', 'algorithm', 'payload'];

function parsed(text: string): Jws {
  const jws = parseJws(text, LIMIT);
  if (typeof jws === 'string') throw new Error(jws);
  return jws;
}

/** A string of three parts whose last part has the form of a signature. */
const unsigned = (header: unknown, payload: unknown = {}) => token(header, payload, () => Buffer.alloc(3));

describe('parseJws', () => {
  it('parses a token', () => {
    const header = { alg: 'ES256', typ: 'AT+JWT', kid: 'k1', jku: 'https://evil.example' };
    const text = token(header, '{"sub":"José \u{1F512}"}', signerOf('ES256'));
    const [first, second, signature] = text.split('.');
    expect(parsed(text)).toEqual({
      header: { alg: 'ES256', kid: 'k1', typ: 'at+jwt', members: header },
      payload: '{"sub":"José \u{1F512}"}',
      claims: { sub: 'José \u{1F512}' },
      signingInput: `${first}.${second}`,
      signature,
    });
  });

  it.each([
    ['an empty string', ''],
    ['one part', 'e30'],
    ['two parts', 'e30.e30'],
    ['four parts', 'e30.e30.AAAA.AAAA'],
    ['five parts, as an encrypted token has', 'e30.e30.AAAA.AAAA.AAAA'],
    ['an empty header', '.e30.AAAA'],
    ['an empty payload', 'e30..AAAA'],
    ['an empty signature', 'e30.e30.'],
    ['padding', 'e30=.e30.AAAA'],
    ['the alphabet of base64', 'e30.e30.AA+/'],
    ['white space before it', ' e30.e30.AAAA'],
    ['a line break after it', 'e30.e30.AAAA\n'],
    ['a null byte', 'e30.e30.AA\0A'],
    ['a signature that is not base64url', 'e30.e30.AAAAA'],
    ['a signature with unused bits', 'e30.e30.AB'],
    ['a header that is not base64url', 'e30AA.e30.AAAA'],
    // A decoder that reads only the low byte would read these characters as "A".
    ['a wide character that ends in a letter', 'e30.e30.AAA\u0141'],
    ['a lone surrogate', 'e30.e30.AAA\ud841'],
    ['a header that is not JSON', unsigned('x')],
    ['a header that is a list', unsigned('[{"alg":"ES256"}]')],
    ['a header that is a string', unsigned('"ES256"')],
    ['a header that is null', unsigned('null')],
    ['a header with a byte order mark', unsigned('\ufeff{"alg":"ES256"}')],
    ['a header that is not UTF-8', unsigned(Buffer.from('{"alg":"ES256","x":"\xff"}', 'latin1'))],
    ['"crit"', unsigned({ alg: 'ES256', crit: ['exp'] })],
    ['"crit" that is null', unsigned({ alg: 'ES256', crit: null })],
    ['"b64"', unsigned({ alg: 'ES256', b64: true })],
    ['a "kid" that is a number', unsigned({ alg: 'ES256', kid: 1 })],
    ['a "kid" that is null', unsigned({ alg: 'ES256', kid: null })],
    ['a "kid" that is empty', unsigned({ alg: 'ES256', kid: '' })],
    ['a "kid" that is too long', unsigned({ alg: 'ES256', kid: 'k'.repeat(257) })],
  ])('calls %s malformed', (_what, text) => {
    expect(parseJws(text, LIMIT)).toBe('malformed');
  });

  it.each([undefined, null, 1, true, [], ['ES256'], {}])('returns "algorithm" if "alg" is %j', (alg) => {
    expect(parseJws(unsigned({ alg, crit: [] }), LIMIT)).toBe('algorithm');
  });

  it('reads "alg" only from the top level of the header', () => {
    expect(parseJws(unsigned('{"__proto__":{"alg":"ES256"}}'), LIMIT)).toBe('algorithm');
  });

  it.each(['x', '[]', 'null', '1', '"x"', '{', '\ufeff{}'])('returns "payload" if the payload is %j', (payload) => {
    expect(parseJws(unsigned({ alg: 'ES256' }, payload), LIMIT)).toBe('payload');
  });

  it('returns "payload" if the payload is not UTF-8', () => {
    expect(parseJws(unsigned({ alg: 'ES256' }, Buffer.from('{"a":"\xff"}', 'latin1')), LIMIT)).toBe('payload');
  });

  it('returns "payload" if the payload is not base64url', () => {
    expect(parseJws(`${base64url('{"alg":"ES256"}')}.e30AA.AAAA`, LIMIT)).toBe('payload');
  });

  it('uses the last of two members with the same name, as JSON.parse does (RFC 7515 section 4)', () => {
    const { header, claims } = parsed(unsigned('{"alg":"none","kid":1,"alg":"ES256","kid":"k1"}', '{"sub":"a","sub":"b"}'));
    expect([header.alg, header.kid, claims['sub']]).toEqual(['ES256', 'k1', 'b']);
  });

  it('returns "typ" unchanged unless it is a string', () => {
    for (const typ of [null, 1, ['JWT'], { a: 1 }]) expect(parsed(unsigned({ alg: 'ES256', typ })).header.typ).toEqual(typ);
  });

  it('accepts a "kid" of 256 characters, and any string as "alg"', () => {
    expect(parsed(unsigned({ alg: '', kid: 'k'.repeat(256) })).header.kid).toHaveLength(256);
  });

  it('rejects strings that are longer than the limit', () => {
    const text = goodToken('ES256');
    expect([parseJws(text, text.length), parseJws(text, text.length - 1)]).toEqual([parsed(text), 'malformed']);
  });

  it('returns a fault for any string, and never throws', () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const near = fc.constantFrom(...'eyJhbGciOiJFUzI1NiJ9.e30=+/-_ \n\0\u0141\ud841'.split(''));
    const text = fc.string({ unit: fc.oneof(unit, near), size: 'large', maxLength: 500 });
    fc.assert(
      fc.property(text, (any) => {
        expect(FAULTS).toContain(parseJws(any, LIMIT));
      }),
      { numRuns: 500 },
    );
  });

  it('returns a fault or a value for any bytes as parts, and never throws', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
      fc.json().map((json) => Buffer.from(json)),
      fc
        .dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', '__proto__'), fc.jsonValue())
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, (header, payload, signature) => {
        const jws = parseJws(
          token(header, payload, () => signature),
          LIMIT,
        );
        if (typeof jws === 'string') expect(FAULTS).toContain(jws);
        else for (const { publicKey } of Object.values(PAIRS)) expect(verifyJws(jws, publicKey)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  // A parser that takes more than linear time would not finish, and one that recurses or backtracks would overflow its stack.
  it.each([
    ['no dot', 'A'.repeat(16_000_000), 'malformed'],
    ['dots alone', '.'.repeat(16_000_000), 'malformed'],
    ['a long signature', `e30.e30.${'A'.repeat(16_000_000)}`, 'algorithm'],
    ['a long signature with a wrong last character', `e30.e30.${'A'.repeat(16_000_000)}!`, 'malformed'],
    ['a long header', `${'A'.repeat(16_000_000)}.e30.AAAA`, 'malformed'],
    ['a long payload', `${base64url('{"alg":"ES256"}')}.${'A'.repeat(16_000_000)}.AAAA`, 'payload'],
    ['a deeply nested header', unsigned('['.repeat(1_000_000)), 'malformed'],
    ['a deeply nested payload', unsigned({ alg: 'ES256' }, `{"a":${'['.repeat(1_000_000)}`), 'payload'],
  ])('returns a fault for megabytes of %s', (_what, text, fault) => {
    expect(parseJws(text, Infinity)).toBe(fault);
  });
});

describe('the cache of headers', () => {
  it('returns the same frozen value for equal headers', () => {
    const header = parsed(goodToken('ES256', { sub: 'a' }, { n: 1 })).header;
    expect(parsed(goodToken('ES256', { sub: 'b' }, { n: 1 })).header).toBe(header);
    expect(Object.isFrozen(header)).toBe(true);
  });

  it('accepts no token with another key or signature because its header is cached', () => {
    const good = goodToken('ES256', { sub: 'alice' }, { n: 2 });
    expect(verifyJws(parsed(good), verifierOf('ES256'))).toBe(true);
    const forged = token({ alg: 'ES256', kid: 'k1', n: 2 }, { sub: 'admin' }, signerOf('RS256'));
    const others = [forged, withSignature(good, (signature) => Buffer.alloc(signature.length, 1))];
    for (const text of others) {
      expect(parsed(text).header).toBe(parsed(good).header);
      expect(verifyJws(parsed(text), verifierOf('ES256'))).toBe(false);
    }
    for (const alg of ['RS256', 'ES384', 'EdDSA', 'HS256'] as const) expect(verifyJws(parsed(good), verifierOf(alg))).toBe(false);
  });

  it('does not cache a refused header', () => {
    const texts = [unsigned({ alg: 'ES256', crit: [] }), unsigned({ n: 3 }), unsigned('x')];
    const faults = ['malformed', 'algorithm', 'malformed'];
    for (let times = 0; times < 3; times++) expect(texts.map((text) => parseJws(text, LIMIT))).toEqual(faults);
  });

  it('changes no result, for any number of other headers in between', () => {
    const good = (['RS256', 'ES256', 'EdDSA'] as const).map((alg) => [alg, goodToken(alg)] as const);
    const verdicts = () => good.map(([alg, text]) => verifyJws(parsed(text), verifierOf(alg)));
    const known = parsed(good[0]![1]).header;
    expect(verdicts()).toEqual([true, true, true]);
    for (let n = 0; n < 5000; n++) parsed(unsigned({ alg: 'ES256', n }));
    expect(verdicts()).toEqual([true, true, true]);
    const again = parsed(good[0]![1]).header;
    expect(again).toEqual(known);
    expect(again).not.toBe(known); // evicted: the cache is bounded
  });

  it('does not cache a long header', () => {
    const text = unsigned({ alg: 'ES256', x: 'x'.repeat(2000) });
    expect(parsed(text).header).not.toBe(parsed(text).header);
  });

  it('keeps nothing of a token but its header', async () => {
    const payload = JSON.stringify({ data: 'x'.repeat(300_000) });
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const seen = (n: number) => new WeakRef(parsed(unsigned({ alg: 'ES256', kid: `k${n}` }, payload)).claims);
    seen(-1);
    const before = heap();
    const claims = Array.from({ length: 200 }, (_, n) => seen(n));
    await turns(); // until then each WeakRef keeps what it was just made of
    const kept = heap() - before;
    expect(claims.filter((each) => each.deref() !== undefined)).toEqual([]);
    expect(kept).toBeLessThan(10_000_000); // the tokens together have 80 MB
  });
});
