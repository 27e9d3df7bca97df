import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { IssuerVerifier, legacyIssuer, parseAuthenticationSettings } from '../../../../lib/authentication/index.js';
import { tokenShape, type TokenShape } from '../../../../lib/authentication/tokens/token-shape.js';

const SECRET = 'a secret of the old service, 32 bytes and more';
const LATER = '2999-01-01T00:00:00Z';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject) => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A public key in the forms that are no PEM. */
function encodings(key: KeyObject, what: string): [string, unknown, string][] {
  const der = key.export({ type: 'spki', format: 'der' });
  const jwk = JSON.stringify(key.export({ format: 'jwk' }));
  const forms = {
    DER: der,
    base64: der.toString('base64'),
    base64url: der.toString('base64url'),
    'base64 in lines': der.toString('base64').replace(/.{64}/g, '$&\n'),
    'a JWK': jwk,
    'a JWK in base64': Buffer.from(jwk).toString('base64'),
    'a list of JWKs': `[${jwk}]`,
  };
  return Object.entries(forms).map(([form, value]) => [`${what} as ${form}`, value, 'without its PEM frame']);
}

type LegacyOptions = Parameters<typeof legacyIssuer>[0];
const legacy = (options: Partial<LegacyOptions> = {}) =>
  legacyIssuer({ issuer: 'old-service', key: SECRET, acceptUntil: LATER, audience: 'orders', ...options });
const settingsOf = (options: Partial<LegacyOptions> = {}) => parseAuthenticationSettings({ issuer: legacy(options) }).issuers[0]!;
const keyFrom = (key: unknown) => legacy({ key: key as string }).legacy!;

/** A token as the old service signs it. */
function token(claims: object = {}, key: string | KeyObject = SECRET, alg = typeof key === 'string' ? 'HS256' : 'RS256') {
  const all = { iss: 'old-service', sub: '7', aud: 'orders', exp: Date.now() / 1000 + 60, roles: ['admin', 'user'], ...claims };
  const input = `${base64url({ alg })}.${base64url(all)}`;
  const signature =
    typeof key === 'string' ? createHmac('sha256', key).update(input).digest() : sign('sha256', Buffer.from(input), key);
  return `${input}.${signature.toString('base64url')}`;
}
async function verify(options: Partial<LegacyOptions> = {}, text = token()) {
  const verdict = await new IssuerVerifier(settingsOf(options), undefined).verify(text, tokenShape(text, 16_384) as TokenShape);
  return 'reason' in verdict ? verdict.reason : { subject: verdict.principal.subject, roles: verdict.principal.roles };
}

describe('legacyIssuer', () => {
  it('accepts the tokens of the old service, by its secret', async () => {
    expect(await verify()).toEqual({ subject: '7', roles: ['admin', 'user'] });
    expect(await verify({}, token({}, 'another secret of 32 bytes and more than that'))).toBe('signature_invalid');
  });

  it('takes any text for the name of the old service, which nobody fetches', () => {
    expect(settingsOf()).toMatchObject({ issuer: 'old-service', jwksUri: undefined, algorithms: ['HS256'] });
    expect(() => settingsOf({ issuer: ' ' })).toThrow('"issuer.issuer" must be a text, got " ".');
  });

  it('lets nobody change what was checked', () => {
    expect(Object.isFrozen(legacy().legacy)).toBe(true);
  });

  it('is read by the rules of old tokens, also where the module asks for RFC 9068', () => {
    const { issuers } = parseAuthenticationSettings({
      issuers: [legacy(), 'https://id.acme.com'],
      audience: 'a',
      profile: 'rfc9068',
    });
    expect(issuers.map(({ profile }) => profile)).toEqual(['generic', 'rfc9068']);
  });

  it('says of its key all that there is to say of its state', () => {
    const verifier = new IssuerVerifier(settingsOf(), undefined);
    expect(verifier.state()).toBe(verifier);
  });

  it.each<[string, unknown, string]>([
    ['a secret as text', SECRET, 'secret'],
    ['a secret as bytes', Buffer.alloc(32, 1), 'secret'],
    ['a secret that begins as DER does, and has another length', Buffer.alloc(40, 0x30), 'secret'],
    ['a secret as KeyObject', createSecretKey(Buffer.alloc(32, 1)), 'secret'],
    ['a public key as PEM', pem(rsa.publicKey), 'public'],
    ['a public key as PEM in bytes', Buffer.from(pem(rsa.publicKey)), 'public'],
    ['a public key as KeyObject', rsa.publicKey, 'public'],
    ['the public half of a private PEM', pem(rsa.privateKey), 'public'],
  ])('takes %s', (_what, key, type) => {
    expect(keyFrom(key).key.type).toBe(type);
    expect(keyFrom(key).algorithms).toEqual(
      type === 'secret' ? ['HS256'] : ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    );
  });

  it.each<[string, unknown, string]>([
    ['a secret of 31 bytes', 'x'.repeat(31), 'a secret of less than 32 bytes'],
    ['an empty secret', '', 'a secret of less than 32 bytes'],
    ['a short secret as KeyObject', createSecretKey(Buffer.alloc(31)), 'a secret of less than 32 bytes'],
    ['a broken PEM', '-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----', 'a PEM that cannot be read'],
    ['a PEM with blanks before it', `\n  ${pem(rsa.publicKey)}`, 'a PEM that cannot be read'],
    ...encodings(rsa.publicKey, 'an RSA key'),
    ...encodings(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, 'an EC key'),
    ...encodings(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey, 'an EC key of 521 bits'),
    ...encodings(generateKeyPairSync('ed25519').publicKey, 'an Ed25519 key'),
    ['an RSA key as PKCS #1 in DER', rsa.publicKey.export({ type: 'pkcs1', format: 'der' }), 'without its PEM frame'],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAA', 'without its PEM frame'],
    ['an SSH key of another kind', 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI', 'without its PEM frame'],
    ['a private KeyObject', createPrivateKey(pem(rsa.privateKey)), 'a private key that no accepted algorithm fits'],
    ['a weak key', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'a public key that no accepted algorithm fits'],
    ['a key of another curve', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, 'a public key that no accepted'],
    ['nothing', undefined, 'got "undefined"'],
    ['null', null, 'got "object"'],
    ['a number', 7, 'got "number"'],
  ])('refuses %s, without showing it', (_what, key, came) => {
    expect(() => keyFrom(key)).toThrow(came);
    expect(() => keyFrom(key)).toThrow(/^"legacyIssuer\(\{ key \}\)" must be the shared secret \(at least 32 bytes\)/);
    expect(() => keyFrom(key)).not.toThrow(/hunter2|xxxx/);
  });

  it('verifies by a public key, and never takes that key for a secret', async () => {
    const publicPem = pem(rsa.publicKey);
    expect(await verify({ key: publicPem }, token({}, rsa.privateKey))).toMatchObject({ subject: '7' });
    expect(await verify({ key: publicPem }, token({}, publicPem))).toBe('algorithm_not_allowed');
    expect(await verify({ key: publicPem }, token({}, publicPem, 'RS256'))).toBe('signature_invalid');
    expect(await verify({}, token({}, rsa.privateKey))).toBe('algorithm_not_allowed');
    expect(createPublicKey(publicPem).equals(settingsOf({ key: publicPem }).legacy!.key)).toBe(true);
  });

  it.each<[Date | string, number]>([
    [new Date(4_102_444_800_000), 4_102_444_800_000],
    ['2100-01-01T00:00:00Z', 4_102_444_800_000],
    ['2100-01-01', 4_102_444_800_000],
    ['2100-01-01T01:00:00+01:00', 4_102_444_800_000],
  ])('ends at %p', (acceptUntil, ms) => {
    expect(legacy({ acceptUntil }).legacy?.acceptUntil).toBe(ms);
  });

  it.each([['soon'], [''], [new Date(Number.NaN)], [4_102_444_800_000], [null], [undefined]])(
    'refuses %p as its end',
    (acceptUntil) => {
      expect(() => legacy({ acceptUntil: acceptUntil as string })).toThrow(
        /^"legacyIssuer\(\{ acceptUntil \}\)" must be a date such as '2027-03-31T00:00:00Z', got /,
      );
    },
  );

  it.each(['subject', 'role'])('refuses a %s that is not told at once', (name) => {
    const lookUp = async () => Promise.reject(new Error('database down'));
    expect(() => legacy({ [name]: lookUp })).toThrow(
      `"legacyIssuer({ ${name} })" must be a function that answers at once, got an async one.`,
    );
    expect(() => legacy({ [name]: 'admin' })).toThrow('must be a function that answers at once, got "admin".');
  });

  it('accepts nothing after its end', async () => {
    expect(await verify({ acceptUntil: new Date(Date.now() - 1) })).toBe('issuer_retired');
  });

  it('checks the claims of the old service as those of any other', async () => {
    expect(await verify({}, token({ exp: 1 }))).toBe('token_expired');
    expect(await verify({}, token({ aud: 'users' }))).toBe('audience_mismatch');
    expect(await verify({ audience: null }, token({ aud: 'users' }))).toMatchObject({ subject: '7' });
    expect(await verify({}, token({ nonce: 'x' }))).toBe('not_access_token');
  });

  it('reads roles where and as it is told', async () => {
    const options = { roles: 'perms', rolesFormat: 'comma-separated' } as const;
    expect(await verify(options, token({ perms: 'a,b' }))).toMatchObject({ roles: ['a', 'b'] });
  });

  it('translates the subject from any claims', async () => {
    const subject = (claims: Readonly<Record<string, unknown>>) => claims['uid'] as string;
    expect(await verify({ subject }, token({ uid: 'auth0|7', sub: undefined }))).toMatchObject({ subject: 'auth0|7' });
  });

  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['an empty text', () => ''],
    ['a number', () => 7],
    [
      'a throw',
      () => {
        throw new TypeError('odd token');
      },
    ],
  ])('refuses the token where the subject is translated to %s', async (_what, subject) => {
    expect(await verify({ subject: subject as () => string })).toBe('claims_invalid');
  });

  it('translates roles one by one, and drops those without a translation', async () => {
    const role = (name: string) => ({ admin: 'owner', user: undefined })[name];
    expect(await verify({ role }, token({ roles: ['admin', 'user', 'else'] }))).toMatchObject({ roles: ['owner'] });
  });

  it.each<[string, unknown[], (name: string) => unknown]>([
    [
      'for which the translation throws',
      ['admin', 'odd'],
      (name) => {
        if (name === 'odd') throw new TypeError('odd role');
        return name;
      },
    ],
    ['that is translated to a number', ['admin', 'odd'], (name) => (name === 'odd' ? 7 : name)],
    ['that is no string', ['admin', 7], (name) => name],
  ])('reads no roles at all where there is one %s', async (_what, roles, role) => {
    expect(await verify({ role: role as () => string }, token({ roles }))).toEqual({ subject: '7', roles: [] });
  });
});
