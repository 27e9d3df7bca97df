import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  IssuerVerifier,
  KeyStore,
  keySource,
  parseAuthenticationSettings,
  type IssuerOptions,
} from '../../../../lib/authentication/index.js';
import { TokenStatistics } from '../../../../lib/authentication/issuers/token-statistics.js';
import { tokenShape, type TokenShape } from '../../../../lib/authentication/tokens/token-shape.js';

const ISSUER = 'https://id.acme.com';
const PAIRS = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const kindOf = (alg: string): keyof typeof PAIRS =>
  /^[RP]S/.test(alg) ? 'RS256' : alg === 'Ed25519' ? 'EdDSA' : (alg as keyof typeof PAIRS);
const jwks = {
  keys: Object.entries(PAIRS).map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
};

const signed = (claims: object, alg = 'RS256', header: object = {}) =>
  new SignJWT({ iss: ISSUER, sub: 'alice', aud: 'orders', roles: ['viewer'], client_id: 'shop', jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg, kid: kindOf(alg), ...header })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(PAIRS[kindOf(alg)].privateKey);

/** A verifier of the issuer whose keys are pinned, and what it reports of asking for keys. */
function verifierOf(members: Partial<IssuerOptions> = {}) {
  const settings = parseAuthenticationSettings({ issuer: { issuer: ISSUER, jwks, ...members }, audience: 'orders' }).issuers[0]!;
  const asked = { times: 0 };
  const source = keySource(settings);
  const counting = {
    fetch: () => {
      asked.times++;
      return source.fetch();
    },
  };
  const verifier = new IssuerVerifier(settings, new KeyStore(counting, { maxStaleMs: Infinity }));
  const verify = async (token: string) => {
    const verdict = await verifier.verify(token, tokenShape(token, 16_384) as TokenShape);
    return 'reason' in verdict ? verdict.reason : verdict.principal.subject;
  };
  return { verifier, asked, verify };
}

const EVERY_ALGORITHM = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

describe('IssuerVerifier', () => {
  it.each(EVERY_ALGORITHM)('accepts %s if the issuer may use it, and only then', async (alg) => {
    const token = await signed({}, alg);
    const others = EVERY_ALGORITHM.filter((other) => other !== alg);
    expect(await verifierOf({ algorithms: [alg] }).verify(token)).toBe('alice');
    expect(await verifierOf({ algorithms: others }).verify(token)).toBe('algorithm_not_allowed');
  });

  it.each(['EdDSA', 'Ed25519'] as const)('judges the claims of a token signed with %s as those of any other', async (alg) => {
    const { verify } = verifierOf({ algorithms: [alg] });
    expect(await verify(await signed({ aud: 'users' }, alg))).toBe('audience_mismatch');
    expect(await verify(await signed({ sub: '' }, alg))).toBe('claims_invalid');
    expect(await verify(await signed({ nonce: 'x' }, alg))).toBe('not_access_token');
  });

  it.each(['EdDSA', 'Ed25519'] as const)('refuses a %s signature of another token, another key, or no length', async (alg) => {
    const { verify } = verifierOf({ algorithms: [alg, 'RS256'] });
    const token = await signed({}, alg);
    const [header, claims] = token.split('.') as [string, string];
    const other = (await signed({ sub: 'bob' }, alg)).split('.')[2]!;
    expect(await verify(`${header}.${claims}.${other}`)).toBe('signature_invalid');
    expect(await verify(`${header}.${claims}.AA`)).toBe('signature_invalid');
    expect(await verify(await signed({}, 'RS256', { kid: 'EdDSA' }))).toBe('key_unknown');
  });

  it('refuses by algorithm and kind before a key is looked up', async () => {
    const { asked, verify } = verifierOf();
    expect(await verify(await signed({}, 'ES384'))).toBe('algorithm_not_allowed');
    expect(await verify(await signed({ nonce: 'x' }))).toBe('not_access_token');
    expect(await verify(await signed({ token_use: 'id' }))).toBe('not_access_token');
    expect(asked.times).toBe(0);
    expect(await verify(await signed({}))).toBe('alice');
    expect(asked.times).toBe(1);
  });

  it.each([
    ['at+jwt', 'alice', 'alice'],
    ['application/at+jwt', 'alice', 'alice'],
    ['AT+JWT', 'alice', 'alice'],
    ['JWT', 'alice', 'not_access_token'],
    [undefined, 'alice', 'not_access_token'],
  ])('takes the typ %j under the profiles generic: %s, rfc9068: %s', async (typ, generic, strict) => {
    const token = await signed({}, 'RS256', { typ });
    expect(await verifierOf({ profile: 'generic' }).verify(token)).toBe(generic);
    expect(await verifierOf({ profile: 'rfc9068' }).verify(token)).toBe(strict);
  });

  it('has the state of its keys, which is the same as long as they are', async () => {
    const { verifier, verify } = verifierOf();
    expect(verifier.state()).toBeUndefined();
    verifier.start();
    await verify(await signed({}));
    expect(verifier.state()).toBe(verifier.keys?.state());
    verifier.stop();
  });

  it('verifies concurrent tokens independently, without a start', async () => {
    const { verify } = verifierOf();
    const subjects = ['alice', 'bob', 'carol'];
    const tokens = await Promise.all(subjects.map((sub) => signed({ sub })));
    expect(await Promise.all(tokens.map(verify))).toEqual(subjects);
  });

  it('verifies nothing without keys', async () => {
    const { verifier } = verifierOf();
    const keyless = new IssuerVerifier(verifier.settings, undefined);
    const token = await signed({});
    keyless.start();
    expect(await keyless.verify(token, tokenShape(token, 16_384) as TokenShape)).toMatchObject({ reason: 'key_unknown' });
    keyless.stop();
  });
});

describe('TokenStatistics', () => {
  it('counts accepted and refused tokens, their size and their roles', () => {
    const statistics = new TokenStatistics();
    expect([800, 900, 900, 850].map((bytes, roles) => statistics.accept(bytes, roles))).toEqual([true, true, false, false]);
    statistics.refuse();
    expect(statistics.of(ISSUER)).toEqual({
      issuer: ISSUER,
      accepted: 4,
      refused: 1,
      tokenBytes: { mean: 862.5, largest: 900 },
      roles: { mean: 1.5, most: 3 },
    });
  });

  it('has no figures before the first token', () => {
    expect(new TokenStatistics().of(ISSUER)).toMatchObject({ accepted: 0, tokenBytes: { mean: 0 }, roles: { mean: 0, most: 0 } });
  });
});
