import {
  constants,
  createHmac,
  generateKeyPairSync,
  randomUUID,
  sign,
  type JsonWebKey,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';

/** A key pair, the algorithm that it signs with unless configured otherwise, and the JWK that its issuer publishes. */
export interface KitKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey;
}

/** How a token differs from a good one. */
export interface TokenSpec {
  /** Whose key signs. Default: `rsa`, of the issuer `wide`. */
  readonly key?: KitKey;
  /** Algorithm of the signature, and of the header unless that says otherwise. Default: the key's. */
  readonly alg?: string;
  /** Header members beside `alg`, `kid` and `typ`; `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims over the good ones; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The header's bytes, in place of JSON. */
  readonly rawHeader?: string | Buffer;
  /** The payload's bytes, in place of JSON. Gets the JSON of the claims. */
  readonly rawClaims?: (json: string) => string | Buffer;
  /** Makes the signature, in place of the key. */
  readonly sign?: (input: Buffer) => Buffer;
}

export const AUDIENCE = 'https://orders.acme.com';

/** Makes a key pair; members of `jwk` come on top of its public JWK. */
export function newKey(kid: string, alg: string, pair: KeyPairKeyObjectResult, jwk: object = {}): KitKey {
  return { kid, alg, ...pair, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, ...jwk } };
}

export const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength });
export const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
export const ed25519 = () => generateKeyPairSync('ed25519');

export const base64url = (value: string | Buffer) => Buffer.from(value as string).toString('base64url');

/** Signs as JWA says (RFC 7518 section 3, RFC 8037); `none` and what is unknown give no bytes. */
export function jwsSign(alg: string, input: Buffer, key: KeyObject): Buffer {
  const bits = Number(alg.slice(2));
  const hash = `sha${bits}`;
  switch (alg.slice(0, 2)) {
    case 'RS':
      return sign(hash, input, key);
    case 'PS':
      return sign(hash, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 });
    case 'ES':
      return sign(hash, input, { key, dsaEncoding: 'ieee-p1363' });
    case 'Ed':
      return sign(null, input, key);
    default:
      return Buffer.alloc(0);
  }
}

/** Signs with a shared secret, as an attacker does who takes a public key for one. */
export const hmac =
  (bits: number, secret: string | Buffer) =>
  (input: Buffer): Buffer =>
    createHmac(`sha${bits}`, secret).update(input).digest();

/** Seconds since 1970. */
export const now = () => Math.floor(Date.now() / 1000);

/** Crafts tokens: good ones, and every way in which one is not. */
export class TokenKit {
  /** Keys of the issuer `wide`, which accepts every algorithm. */
  readonly rsa = newKey('rsa', 'RS256', rsa());
  readonly rs256Only = newKey('rs256-only', 'RS256', rsa(), { alg: 'RS256' });
  readonly ps256Only = newKey('ps256-only', 'PS256', rsa(), { alg: 'PS256' });
  readonly es256 = newKey('es256', 'ES256', ec(), { use: 'sig' });
  readonly es384 = newKey('es384', 'ES384', ec('P-384'), { key_ops: ['verify'] });
  readonly es512 = newKey('es512', 'ES512', ec('P-521'));
  readonly ed = newKey('ed', 'EdDSA', ed25519());
  /** The one key of the issuer `narrow`, which accepts the default algorithms, and that of `strict`, which follows RFC 9068. */
  readonly narrow = newKey('narrow', 'ES256', ec());
  readonly strict = newKey('strict', 'ES256', ec());
  /** A key that is not published. */
  readonly stranger = newKey('stranger', 'RS256', rsa());

  constructor(
    /** URL of the key server, under which the issuers are named. */
    readonly url: string,
  ) {}

  /** The `iss` of an issuer. */
  issuer(name: string): string {
    return `${this.url}/${name}`;
  }

  /** The key sets that the issuers publish. */
  keySets(): Readonly<Record<string, readonly unknown[]>> {
    const { rsa, rs256Only, ps256Only, es256, es384, es512, ed, narrow, strict } = this;
    const wide = [rsa, rs256Only, ps256Only, es256, es384, es512, ed];
    return { wide: wide.map(({ jwk }) => jwk), narrow: [narrow.jwk], strict: [strict.jwk] };
  }

  /** Claims that the issuer `wide` puts into an access token. */
  claims(): Record<string, unknown> {
    return {
      iss: this.issuer('wide'),
      aud: AUDIENCE,
      sub: 'alice',
      client_id: 'shop',
      iat: now(),
      exp: now() + 300,
      jti: randomUUID(),
      roles: ['viewer'],
      scope: 'read',
    };
  }

  /** A token; without a spec a good one. */
  token(spec: TokenSpec = {}): string {
    const { key = this.rsa, alg = key.alg } = spec;
    const header = spec.rawHeader ?? JSON.stringify({ alg, kid: key.kid, typ: 'at+jwt', ...spec.header });
    const claims = JSON.stringify({ ...this.claims(), ...spec.claims });
    const input = [header, spec.rawClaims?.(claims) ?? claims].map(base64url).join('.');
    const signature = spec.sign?.(Buffer.from(input)) ?? jwsSign(alg, Buffer.from(input), key.privateKey);
    return `${input}.${signature.toString('base64url')}`;
  }

  /** A good token with another signature: its bytes are handed over to be changed. */
  resigned(change: (signature: Buffer) => Buffer, spec: TokenSpec = {}): string {
    const { key = this.rsa, alg = key.alg } = spec;
    return this.token({ ...spec, sign: (input) => change(jwsSign(alg, input, key.privateKey)) });
  }
}
