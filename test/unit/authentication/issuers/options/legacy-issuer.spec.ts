import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { IssuerVerifier, legacyIssuer, parseAuthenticationSettings } from '../../../../../lib/authentication/index.js';
import { tokenShape, type TokenShape } from '../../../../../lib/authentication/tokens/token-shape.js';
import { base64url } from '../../../../tokens/base64url.js';

const SECRET = 'a secret of the old service, 32 bytes and more';
const LATER = '2999-01-01T00:00:00Z';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject) => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

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

  it('accepts any string as the name of the old service, which is not fetched', () => {
    expect(settingsOf()).toMatchObject({ issuer: 'old-service', jwksUri: undefined, algorithms: ['HS256'] });
    expect(() => settingsOf({ issuer: ' ' })).toThrow('"issuer.issuer" must be a string that is not empty, got " ".');
  });

  it('cannot be changed after the check', () => {
    expect(Object.isFrozen(legacy().legacy)).toBe(true);
  });

  it('is read by the rules of old tokens, also if the module requires RFC 9068', () => {
    const { issuers } = parseAuthenticationSettings({
      issuers: [legacy(), 'https://id.acme.com'],
      audience: 'a',
      profile: 'rfc9068',
    });
    expect(issuers.map(({ profile }) => profile)).toEqual(['generic', 'rfc9068']);
  });

  it('has the key as its whole state', () => {
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
    ['a private KeyObject', createPrivateKey(pem(rsa.privateKey)), 'a private key for which there is no accepted algorithm'],
    [
      'a weak key',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
      'a public key for which there is no accepted algorithm',
    ],
    [
      'a key of another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      'a public key for which there is no accepted',
    ],
    ['nothing', undefined, 'got nothing'],
    ['null', null, 'got null'],
    ['a number', 7, 'got a number'],
  ])('refuses %s, without showing it', (_what, key, came) => {
    expect(() => keyFrom(key)).toThrow(came);
    expect(() => keyFrom(key)).toThrow(/^"legacyIssuer\(\{ key \}\)" must be the shared secret \(at least 32 bytes\)/);
    expect(() => keyFrom(key)).not.toThrow(/hunter2|xxxx/);
  });

  it.each<[unknown]>([['secret'], [Buffer.alloc(31, 1)], [createSecretKey(Buffer.alloc(1))]])(
    'accepts a short secret by explicit choice, and marks it as short',
    (key) => {
      expect(legacy({ key: key as string, allowShortSecret: true }).legacy).toMatchObject({ hasShortSecret: true });
      expect(() => legacy({ key: key as string })).toThrow('write allowShortSecret: true beside it');
    },
  );

  it('takes no empty secret, and no encoded public key, by no word at all', () => {
    for (const key of ['', Buffer.alloc(0), JSON.stringify(rsa.publicKey.export({ format: 'jwk' })), 'ssh-rsa AAAA'])
      expect(() => legacy({ key, allowShortSecret: true })).toThrow('must be the shared secret');
    expect(legacy({ allowShortSecret: true }).legacy).toMatchObject({ hasShortSecret: false });
    expect(() => legacy({ allowShortSecret: 'yes' as unknown as boolean })).toThrow(
      'must be true or false (default false), got "yes"',
    );
  });

  it('verifies with a public key, and never uses that key as a secret', async () => {
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

  it.each(['subject', 'role'])('refuses an asynchronous %s', (name) => {
    const lookUp = async () => Promise.reject(new Error('database down'));
    expect(() => legacy({ [name]: lookUp })).toThrow(
      `"legacyIssuer({ ${name} })" must be a function that returns its result synchronously, got an async function.`,
    );
    expect(() => legacy({ [name]: 'admin' })).toThrow('must be a function that returns its result synchronously, got "admin".');
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

  it('reads roles where and as configured', async () => {
    const options = { roles: 'perms', rolesFormat: 'comma-separated' } as const;
    expect(await verify(options, token({ perms: 'a,b' }))).toMatchObject({ roles: ['a', 'b'] });
  });

  it('reads a user id that is a number, and one in another claim', async () => {
    expect(await verify({}, token({ sub: 7 }))).toMatchObject({ subject: '7' });
    expect(await verify({}, token({ sub: 7.5 }))).toBe('claims_invalid');
    expect(await verify({}, token({ sub: '' }))).toBe('claims_invalid');
    const settings = parseAuthenticationSettings({ issuer: { ...legacy(), subject: 'userId' } }).issuers[0]!;
    const text = token({ sub: undefined, userId: 7 });
    const verdict = await new IssuerVerifier(settings, undefined).verify(text, tokenShape(text, 16_384) as TokenShape);
    expect(verdict).toMatchObject({ principal: { subject: '7' } });
  });

  it('distinguishes the old access tokens from other tokens under the same secret', async () => {
    const claims = { purpose: 'login' };
    expect(await verify({ requiredClaims: claims }, token(claims))).toMatchObject({ subject: '7' });
    expect(await verify({ requiredClaims: claims }, token({ purpose: 'password-reset' }))).toBe('claims_invalid');
    expect(await verify({}, token({ typ: 'user' }))).toBe('not_access_token');
    expect(await verify({ requiredClaims: { typ: 'user' } }, token({ typ: 'user' }))).toMatchObject({ subject: '7' });
    const refuse = ({ refresh }: Readonly<Record<string, unknown>>) => (refresh === true ? 'not_access_token' : undefined);
    expect(await verify({ refuse }, token({ refresh: true }))).toBe('not_access_token');
    expect(await verify({ maxTokenLifetimeSeconds: 3600 }, token({ iat: 1, exp: Date.now() / 1000 + 60 }))).toBe(
      'lifetime_too_long',
    );
  });

  describe('of tokens without iss', () => {
    const nameless = (claims: object = {}) => token({ iss: undefined, ...claims });
    const judge = async (text: string, options: Partial<LegacyOptions> = {}) => {
      const shape = tokenShape(text, 16_384, true);
      if ('reason' in shape) return shape.reason;
      const verdict = await new IssuerVerifier(settingsOf({ withoutIss: true, ...options }), undefined).verify(text, shape);
      return 'reason' in verdict ? verdict.reason : verdict.principal;
    };

    it('gives them the configured name', async () => {
      expect(await judge(nameless())).toMatchObject({ issuer: 'old-service', subject: '7', roles: ['admin', 'user'] });
    });

    it.each([['old-service'], [''], [null], [7], [['old-service']], [{}], ['https://id.acme.com']])(
      'accepts none with the iss %j',
      async (iss) => expect(await judge(token({ iss }))).toBe('issuer_unknown'),
    );

    it('ignores a claim that JSON hides in __proto__', async () => {
      const input = `${base64url({ alg: 'HS256' })}.${Buffer.from(
        `{"__proto__":{"sub":"7","aud":"orders","exp":${Date.now()}}}`,
      ).toString('base64url')}`;
      const text = `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
      expect(await judge(text)).toBe('audience_mismatch');
    });

    it('is allowed for one issuer only, and for none of a resolver', async () => {
      const two = [legacy({ withoutIss: true }), legacy({ withoutIss: true, issuer: 'other' })];
      expect(() => parseAuthenticationSettings({ issuers: two, audience: 'a' })).toThrow(
        '"issuers" has several with withoutIss: true ("old-service", "other")',
      );
      const { resolver } = parseAuthenticationSettings({
        issuers: { resolve: () => legacy({ withoutIss: true }) },
        audience: 'a',
      });
      await expect(resolver!.resolve('old-service')).rejects.toThrow('Write that one into a list of issuers.');
      expect(() => legacy({ withoutIss: 1 as unknown as boolean })).toThrow(
        '"legacyIssuer({ withoutIss })" must be true or false (default false), got 1',
      );
    });
  });

  describe('with a function for roles', () => {
    it('calls it after the token was verified, and never before', async () => {
      const asked: unknown[] = [];
      const roles = (claims: Readonly<Record<string, unknown>>) => {
        asked.push(claims['sub']);
        return Promise.resolve(['owner']);
      };
      expect(await verify({ roles }, token({ sub: 7, roles: ['ignored'] }))).toEqual({ subject: '7', roles: ['owner'] });
      for (const bad of [token({ exp: 1 }), token({ aud: 'users' }), token({}, 'another secret of 32 bytes and more than that')])
        expect(await verify({ roles }, bad)).toMatch(/expired|mismatch|signature/);
      expect(asked).toEqual([7]);
    });

    it('translates and prefixes the roles found', async () => {
      const role = (name: string) => name.replace('old:admin', 'owner');
      expect(await verify({ roles: () => ['admin', 'user'], role, rolePrefix: 'old:' })).toMatchObject({
        roles: ['owner', 'old:user'],
      });
    });

    it('refuses options that would have no effect, and bounds', () => {
      expect(() => legacy({ roles: () => [], rolesFormat: 'keys' })).toThrow(
        '"legacyIssuer({ rolesFormat })" has no effect if "roles" is a function.',
      );
      expect(() => legacy({ rolesTimeoutMs: 10 })).toThrow(
        '"legacyIssuer({ rolesTimeoutMs })" has no effect if "roles" is not a function.',
      );
      expect(() => legacy({ rolesMaxAgeSeconds: 10, roles: 'roles' })).toThrow('has no effect');
      expect(() => legacy({ roles: () => [], rolesTimeoutMs: 9 })).toThrow('must be a number of milliseconds from 10 to 60000');
      expect(() => legacy({ roles: () => [], rolesMaxAgeSeconds: -1 })).toThrow('must be a number of seconds from 0 to 86400');
      const both = { ...legacy({ roles: () => [] }), roles: 'roles' };
      expect(() => parseAuthenticationSettings({ issuer: both })).toThrow(
        '"issuer.roles" has no effect if legacyIssuer({ roles })',
      );
      expect(() => settingsOf({ rolse: 'roles' } as Partial<LegacyOptions>)).toThrow(
        'legacyIssuer() has no option "rolse". Did you mean "role',
      );
    });
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
  ])('refuses the token if the subject is translated to %s', async (_what, subject) => {
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
  ])('reads no roles at all if there is one %s', async (_what, roles, role) => {
    expect(await verify({ role: role as () => string }, token({ roles }))).toEqual({ subject: '7', roles: [] });
  });
});
