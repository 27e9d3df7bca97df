import { randomUUID, type KeyPairKeyObjectResult } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newKeyPair, newSigningKey, signJwt, type SigningKey } from './jwt.js';

/** What a token of the stub issuer shall say. Claims not named are added as they are; `undefined` leaves a claim out. */
export interface StubTokenClaims {
  /** Names for the claim `roles`. */
  readonly roles?: readonly string[];
  readonly [claim: string]: unknown;
}

/** How a token is made, beside its claims. */
export interface StubTokenHeader {
  /** Which of the issuer's keys signs. Default: RS256. */
  readonly alg?: SigningKey['alg'];
  /** Default: `at+jwt` (RFC 9068). `undefined` leaves it out. */
  readonly typ?: string | undefined;
  /** Default: the key's. */
  readonly kid?: string | undefined;
  readonly [member: string]: unknown;
}

/** How long a token is good unless `exp` says otherwise, in seconds. */
const LIFETIME_SECONDS = 300;

/**
 * RSA key pairs of issuers that have stopped. The next issuers use them, under other key ids: a suite that starts an issuer for each test would
 * spend most of its time on making them.
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
  /** How often the JWK Set was asked for. */
  keyRequests = 0;
  private readonly keyPairs: KeyPairKeyObjectResult[] = [];
  private keys: Readonly<Record<SigningKey['alg'], SigningKey>> = this.newKeys();
  private down = false;

  private constructor(private readonly server: Server) {}

  /** Starts an issuer on a free port of 127.0.0.1. */
  static async start(): Promise<StubIssuer> {
    const server = createServer();
    const issuer = new StubIssuer(server);
    server.on('request', (request, response) => issuer.answer(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  /** The issuer's URL, as tokens carry it in `iss`. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Where its JWK Set is. */
  get jwksUri(): string {
    return `${this.url}/jwks`;
  }

  /**
   * Signs an access token. `iss`, `sub` (`test-subject`), `client_id` (`test-client`), `iat`, `exp` (in 300 s) and `jti` are filled in
   * unless they are named; `aud` is not.
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

  /** Replaces the keys by new ones, as an issuer does when it rotates: tokens signed before are no longer good once services notice. */
  rotateKeys(): void {
    this.keys = this.newKeys();
  }

  /** Begins an outage: every request is answered 503. */
  goDown(): void {
    this.down = true;
  }

  /** Ends the outage. */
  comeBack(): void {
    this.down = false;
  }

  /** Ends the server. */
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

  private answer(request: IncomingMessage, response: ServerResponse): void {
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
