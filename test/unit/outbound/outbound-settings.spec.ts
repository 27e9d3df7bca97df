import { generateKeyPairSync } from 'node:crypto';
import { AuthzConfigError } from '../../../lib/index.js';
import { outboundSettings } from '../../../lib/outbound/outbound-settings.js';

const SECRET = 's3cret-of-orders';
const client = { issuer: 'https://id.acme.test', clientId: 'orders', clientSecret: SECRET };
const exchange = { token: 'exchange', audience: 'https://invoices.acme.test' };

const read = (options: unknown) => outboundSettings(options);
const errorOf = (options: unknown): AuthzConfigError => {
  try {
    read(options);
  } catch (error) {
    expect(error).toBeInstanceOf(AuthzConfigError);
    return error as AuthzConfigError;
  }
  throw new Error('No error');
};
const originsOf = (target: object) => [...(read({ client, targets: { t: target } }).targets.get('t')?.origins ?? [])];

describe('the options of OutboundModule', () => {
  it('have defaults', () => {
    expect(read({ client, targets: { invoices: exchange } })).toMatchObject({
      client: { proof: { method: 'client_secret_basic' }, timeoutMs: 5000, allowHttp: false },
      traceContext: true,
      maxExchangedTokens: 1000,
    });
  });

  it('need no client if every token is forwarded', () => {
    expect(read({ targets: { stock: { token: 'forward', audience: 'stock' } } }).client).toBeUndefined();
  });

  it.each<[string, object, string[]]>([
    ['the audience, where that is a URL', exchange, ['https://invoices.acme.test']],
    [
      'the resource as well',
      { ...exchange, resource: 'https://api.acme.test:8443/x' },
      ['https://invoices.acme.test', 'https://api.acme.test:8443'],
    ],
    ['nowhere, where the audience is a name', { token: 'service', audience: 'mail' }, []],
    ['nowhere, where the audience is a URL of http', { token: 'service', audience: 'http://mail.acme.test' }, []],
    ['loopback, where the audience says so', { token: 'service', audience: 'http://127.0.0.1:3000' }, ['http://127.0.0.1:3000']],
    [
      'what is written, whatever the audience',
      { ...exchange, origins: ['https://a.test/', 'https://b.test:1'] },
      ['https://a.test', 'https://b.test:1'],
    ],
    ['http by explicit choice', { ...exchange, origins: ['http://invoices.mesh'], allowHttp: true }, ['http://invoices.mesh']],
  ])('send tokens to %s', (_, target, origins) => {
    expect(originsOf(target)).toEqual(origins);
  });

  it('accept targets with any name', () => {
    const targets = JSON.parse(
      '{"__proto__": {"token":"service","scope":"a"}, "constructor": {"token":"service","scope":"b"}}',
    ) as object;
    expect([...read({ client, targets }).targets.keys()]).toEqual(['__proto__', 'constructor']);
  });

  it.each<[object | undefined, string]>([
    [undefined, 'The options of OutboundModule must be an object'],
    [{}, '"targets" must be an object with the services'],
    [{ targets: {} }, '"targets" must be an object with the services'],
    [{ targets: [exchange] }, '"targets" must be an object with the services'],
    [{ targets: { invoices: exchange } }, 'must authenticate this service'],
    [{ client, target: {} }, 'Did you mean "targets"?'],
    [{ client, targets: { t: 'exchange' } }, '"targets.t" must be an object'],
    [{ client, targets: { t: { audience: 'x' } } }, '"targets.t.token" must be'],
    [{ client, targets: { t: { token: 'Exchange', audience: 'x' } } }, '"targets.t.token" must be'],
    [{ client, targets: { t: { token: 'exchange' } } }, 'does not name the purpose of its token'],
    [{ client, targets: { t: { token: 'exchange', audience: null } } }, '"targets.t.audience" must be'],
    [{ client, targets: { t: { token: 'exchange', audience: '' } } }, '"targets.t.audience" must be'],
    [{ client, targets: { t: { token: 'exchange', audience: 'a\r\nb' } } }, '"targets.t.audience" must be'],
    [{ client, targets: { t: { token: 'exchange', resource: 'invoices' } } }, 'absolute URI'],
    [{ client, targets: { t: { token: 'exchange', resource: 'https://x.test/#a' } } }, 'absolute URI'],
    [{ client, targets: { t: { token: 'service', scope: 'a  b' } } }, 'single spaces'],
    [{ client, targets: { t: { token: 'service', scope: 'a\r\nauthorization: x' } } }, 'single spaces'],
    [{ client, targets: { t: { token: 'service', scope: 'a"b' } } }, 'single spaces'],
    [{ client, targets: { t: { token: 'service', scope: ['a'] } } }, 'single spaces'],
    [{ targets: { t: { token: 'forward' } } }, '"targets.t.audience" must be'],
    [{ targets: { t: { token: 'forward', audience: undefined } } }, '"targets.t.audience" must be'],
    [{ targets: { t: { token: 'forward', audience: 'a', scope: 'b' } } }, 'has no option "scope"'],
    [{ targets: { t: { token: 'forward', audience: 'a', origin: 'https://a.test' } } }, 'Did you mean "origins"?'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: [] } } }, 'a list of one or more'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: 'https://a.test' } } }, 'a list of one or more'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: ['http://a.test'] } } }, 'Use https'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: ['https://a.test/x'] } } }, 'a scheme, a host'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: ['https://u:p@a.test'] } } }, 'without credentials'],
    [{ targets: { t: { token: 'forward', audience: 'a', origins: ['ftp://a.test'] } } }, 'absolute https URL'],
    [{ targets: { t: { token: 'forward', audience: 'a', allowHttp: 'yes' } } }, '"targets.t.allowHttp" must be'],
    [{ client, targets: { t: exchange }, traceContext: 1 }, '"traceContext" must be'],
    [{ client, targets: { t: exchange }, maxExchangedTokens: 0 }, '"maxExchangedTokens" must be'],
  ])('are refused: %j', (options, message) => {
    expect(errorOf(options).message).toContain(message);
  });

  describe('of the client', () => {
    const refusalOf = (more: object) => errorOf({ client: { ...client, ...more }, targets: { t: exchange } });

    it.each<[object, string]>([
      [{ issuer: undefined }, 'has no token endpoint'],
      [{ issuer: 'http://id.acme.test' }, 'Use https'],
      [
        { issuer: 'https://id.acme.test/.well-known/openid-configuration' },
        'must be the issuer, not the URL of its discovery document',
      ],
      [{ tokenEndpoint: 'http://id.acme.test/token' }, 'Use https'],
      [{ tokenEndpoint: '/token' }, 'absolute https URL'],
      [{ clientId: '' }, '"client.clientId" must be'],
      [{ clientSecret: undefined }, 'the variable may not be set'],
      [{ clientSecret: '' }, 'got an empty string'],
      [{ clientSecret: 5 }, 'got a number'],
      [{ authentication: 'none' }, '"client.authentication" must be'],
      [{ privateKey: 'x' }, 'both'],
      [{ keyId: 'k' }, '"client.keyId" has no effect without'],
      [{ clientSecret: undefined, privateKey: 'no key' }, '"client.privateKey" must be'],
      [{ clientSecret: undefined, privateKey: { kty: 'oct', k: 'c2VjcmV0' } }, '"client.privateKey" must be'],
      [{ timeoutSeconds: 0 }, '"client.timeoutSeconds" must be'],
      [{ timeoutSeconds: NaN }, '"client.timeoutSeconds" must be'],
      [{ allowHttp: 'true' }, '"client.allowHttp" must be'],
      [{ secret: SECRET }, 'has no option "secret"'],
    ])('are refused: %j', (more, message) => {
      const error = refusalOf(more);
      expect(error.message).toContain(message);
      expect(`${error.message}${error.stack ?? ''}`).not.toContain(SECRET);
    });

    it('are refused if they are the secret itself, which is not shown', () => {
      const error = errorOf({ client: SECRET, targets: { t: exchange } });
      expect(error.message).toContain('"client" must be an object');
      expect(error.message).not.toContain(SECRET);
    });

    const keys = {
      RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
      ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      EdDSA: generateKeyPairSync('ed25519').privateKey,
    };

    it.each(Object.entries(keys))('accept a key for %s, as a PEM and as a JWK', (alg, key) => {
      const pem = key.export({ type: 'pkcs8', format: 'pem' });
      const jwk = { ...key.export({ format: 'jwk' }), kid: 'k1' };
      const algOf = (privateKey: unknown) =>
        read({ client: { ...client, clientSecret: undefined, privateKey }, targets: { t: exchange } }).client?.proof;
      expect(algOf(pem)).toMatchObject({ method: 'private_key_jwt', key: { alg, kid: undefined } });
      expect(algOf(jwk)).toMatchObject({ method: 'private_key_jwt', key: { alg, kid: 'k1' } });
    });

    it.each<[string, object, string]>([
      [
        'an algorithm that the key has not',
        { privateKey: keys.ES256.export({ format: 'jwk' }), algorithm: 'RS256' },
        'an algorithm of the key (ES256)',
      ],
      ['HS256', { privateKey: keys.RS256.export({ format: 'jwk' }), algorithm: 'HS256' }, 'an algorithm of the key (RS256, '],
      ['none', { privateKey: keys.RS256.export({ format: 'jwk' }), algorithm: 'none' }, 'an algorithm of the key (RS256, '],
      [
        'a short RSA key',
        { privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' }) },
        '2048 bits',
      ],
      [
        'a curve that no signature has',
        { privateKey: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ format: 'jwk' }) },
        'P-256',
      ],
      [
        'a public key',
        { privateKey: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) },
        'must be a private key',
      ],
      [
        'a secret beside it',
        { privateKey: keys.RS256.export({ format: 'jwk' }), authentication: 'client_secret_post' },
        'Leave it out',
      ],
    ])('refuse %s', (_, more, message) => {
      const error = refusalOf({ clientSecret: undefined, ...more });
      expect(error.message).toContain(message);
      expect(error.message).not.toContain(String((more as { privateKey: { d?: string } }).privateKey.d));
    });
  });
});
