import { randomUUID, type KeyPairKeyObjectResult } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newKeyPair, newSigningKey, signJwt, type SigningKey } from './jwt.js';

/** Claims of a token. `undefined` omits a claim that the stub would set. */
export interface StubTokenClaims {
  /** Value of the claim `roles`. */
  readonly roles?: readonly string[];
  readonly [claim: string]: unknown;
}

/** Header of a token. */
export interface StubTokenHeader {
  /** The algorithm, which selects the key. Default: RS256. */
  readonly alg?: SigningKey['alg'];
  /** `undefined` omits it. Default: `at+jwt` (RFC 9068). */
  readonly typ?: string | undefined;
  /** Default: the id of the key. */
  readonly kid?: string | undefined;
  readonly [member: string]: unknown;
}

/** Lifetime of a token without own `exp`, in seconds. */
const LIFETIME_SECONDS = 300;

/**
 * RSA key pairs of stopped issuers. The next issuers use them under other key ids: a suite that starts an issuer for each test would spend most of
 * its time on generating keys.
 */
const spareKeyPairs: KeyPairKeyObjectResult[] = [];

/**
 * A token issuer on loopback for tests: real keys (RS256 and ES256), a JWK Set and a discovery document. Starts in milliseconds and
 * depends on no test runner.
 *
 * @example
 * const issuer = await StubIssuer.start();
 * AuthzModule.forRoot({ issuer: issuer.url, audience: 'orders', mapping });
 * const token = issuer.token({ aud: 'orders', roles: ['viewer'] });
 */
export class StubIssuer {
  /** Number of requests for the JWK Set. */
  keyRequests = 0;
  private readonly keyPairs: KeyPairKeyObjectResult[] = [];
  private keys: Readonly<Record<SigningKey['alg'], SigningKey>> = this.newKeys();
  private down = false;

  private constructor(private readonly server: Server) {}

  /** Starts an issuer on a free port of 127.0.0.1. */
  static async start(): Promise<StubIssuer> {
    const server = createServer();
    const issuer = new StubIssuer(server);
    server.on('request', (request, response) => issuer.respond(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  /** The issuer's URL: `iss` of its tokens. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** URL of its JWK Set. */
  get jwksUri(): string {
    return `${this.url}/jwks`;
  }

  /**
   * Returns a signed access token. Sets `iss`, `sub` (`test-subject`), `client_id` (`test-client`), `iat`, `exp` (in 300 s) and `jti` unless `claims`
   * has them. Does not set `aud`.
   */
  token(claims: StubTokenClaims = {}, header: StubTokenHeader = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const key = this.keys[header.alg ?? 'RS256'];
    return signJwt(
      { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header },
      {
        iss: this.url,
        sub: 'test-subject',
        client_id: 'test-client',
        iat: now,
        exp: now + LIFETIME_SECONDS,
        jti: randomUUID(),
        ...claims,
      },
      key,
    );
  }

  /** Replaces the keys, as in a key rotation: tokens signed before become invalid once a service fetches the new keys. */
  rotateKeys(): void {
    this.keys = this.newKeys();
  }

  /** Starts an outage: every request gets 503. */
  goDown(): void {
    this.down = true;
  }

  /** Ends the outage. */
  comeBack(): void {
    this.down = false;
  }

  /** Stops the server. */
  async stop(): Promise<void> {
    spareKeyPairs.push(...this.keyPairs.splice(0));
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private newKeys(): Readonly<Record<SigningKey['alg'], SigningKey>> {
    const pair = spareKeyPairs.pop() ?? newKeyPair('RS256');
    this.keyPairs.push(pair);
    return { RS256: newSigningKey(randomUUID(), 'RS256', pair), ES256: newSigningKey(randomUUID(), 'ES256') };
  }

  private respond(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/jwks') this.keyRequests++;
    const document = this.down ? undefined : this.document(request.url);
    response.writeHead(this.down ? 503 : document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  }

  private document(path: string | undefined): object | undefined {
    if (path === '/jwks') return { keys: Object.values(this.keys).map(({ jwk }) => jwk) };
    if (path === '/.well-known/openid-configuration') return { issuer: this.url, jwks_uri: this.jwksUri };
    return undefined;
  }
}
