import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Possession, type RequestFacts } from '../../../../lib/authentication/index.js';
import type { Principal } from '../../../../lib/core/index.js';

const RESOURCE = 'https://api.acme.com';
const TOKEN = 'an.access.token';
const CERTIFICATE = 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2';
const bound = (cnf: unknown) => ({ claims: { cnf } }) as unknown as Principal;
const UNBOUND = { claims: {} } as Principal;

/** A client with a key, and the proof with which it calls GET /orders. */
async function client() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const proof = await new SignJWT({
    htm: 'GET',
    htu: `${RESOURCE}/orders`,
    ath: createHash('sha256').update(TOKEN).digest('base64url'),
    jti: 'j1',
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .setIssuedAt()
    .sign(privateKey);
  return { jkt: await calculateJwkThumbprint(jwk), proof };
}
const facts =
  (given: Partial<RequestFacts> = {}): (() => RequestFacts) =>
  () => ({ method: 'GET', path: '/orders', dpop: [], certificateThumbprint: () => undefined, ...given });
const withCertificate = (thumbprint: string) => facts({ certificateThumbprint: () => thumbprint });

const MODES = [undefined, 'accepted', 'required'] as const;
/** Why a token may not be used. */
class ByReason {
  private readonly possession: Possession;
  constructor(...args: ConstructorParameters<typeof Possession>) {
    this.possession = new Possession(...args);
  }
  get acceptsDpop() {
    return this.possession.acceptsDpop;
  }
  check(...args: Parameters<Possession['check']>) {
    return this.possession.check(...args)?.reason;
  }
}
const possession = (dpop: (typeof MODES)[number]) => new ByReason(dpop, dpop && RESOURCE);

describe('Possession', () => {
  it.each([
    [undefined, 'bearer', undefined],
    ['accepted', 'bearer', undefined],
    ['accepted', 'dpop', 'binding_mismatch'],
    ['required', 'bearer', 'binding_mismatch'],
    ['required', 'dpop', 'binding_mismatch'],
  ] as const)('with DPoP %s, a token that is not bound, presented as %s: %s', (dpop, scheme, reason) => {
    const neverAsked = () => {
      throw new Error('nothing of the request matters');
    };
    expect(possession(dpop).check(UNBOUND, TOKEN, scheme, neverAsked)).toBe(reason);
  });

  it.each(MODES)('with DPoP %s never treats a token bound to a key as a bearer token', async (dpop) => {
    const { jkt, proof } = await client();
    const check = possession(dpop).check(bound({ jkt }), TOKEN, 'bearer', facts({ dpop: [proof] }));
    expect(check).toBe('binding_mismatch');
  });

  it('refuses tokens bound to a key if DPoP is not accepted', async () => {
    const { jkt, proof } = await client();
    expect(possession(undefined).acceptsDpop).toBe(false);
    expect(possession(undefined).check(bound({ jkt }), TOKEN, 'dpop', facts({ dpop: [proof] }))).toBe('binding_mismatch');
  });

  it.each(['accepted', 'required'] as const)('with DPoP %s requires a proof by the key of the token', async (dpop) => {
    const [mine, other] = await Promise.all([client(), client()]);
    const subject = possession(dpop);
    const check = (jkt: unknown, ...proofs: string[]) => subject.check(bound({ jkt }), TOKEN, 'dpop', facts({ dpop: proofs }));
    expect(subject.acceptsDpop).toBe(true);
    expect(check(mine.jkt)).toBe('proof_invalid');
    expect(check(mine.jkt, other.proof)).toBe('proof_invalid');
    expect(check(mine.jkt, mine.proof)).toBeUndefined();
    expect(check(mine.jkt, mine.proof)).toBe('proof_invalid');
    for (const odd of [7, null, [mine.jkt], {}]) expect(check(odd, mine.proof)).toBe('binding_mismatch');
  });

  it.each([
    [undefined, undefined],
    ['accepted', undefined],
    ['required', 'binding_mismatch'],
  ] as const)('with DPoP %s, a token bound to the certificate of its client: %s', (dpop, reason) => {
    const token = bound({ 'x5t#S256': CERTIFICATE });
    expect(possession(dpop).check(token, TOKEN, 'bearer', withCertificate(CERTIFICATE))).toBe(reason);
  });

  it('refuses a token bound to a certificate that the client does not present', () => {
    const token = bound({ 'x5t#S256': CERTIFICATE });
    for (const request of [facts(), withCertificate(''), withCertificate(CERTIFICATE.toLowerCase())])
      expect(possession(undefined).check(token, TOKEN, 'bearer', request)).toBe('binding_mismatch');
    for (const odd of [null, 7, '', [CERTIFICATE], {}])
      expect(possession(undefined).check(bound({ 'x5t#S256': odd }), TOKEN, 'bearer', withCertificate(CERTIFICATE))).toBe(
        'binding_mismatch',
      );
    expect(possession('accepted').check(token, TOKEN, 'dpop', withCertificate(CERTIFICATE))).toBe('binding_mismatch');
  });

  it('requires both proofs if a token is bound to both', async () => {
    const { jkt, proof } = await client();
    const token = bound({ jkt, 'x5t#S256': CERTIFICATE });
    const check = (given: Partial<RequestFacts>) =>
      possession('accepted').check(token, TOKEN, 'dpop', facts({ dpop: [proof], ...given }));
    expect(check({})).toBe('binding_mismatch');
    expect(check({ certificateThumbprint: () => CERTIFICATE, dpop: [] })).toBe('proof_invalid');
    expect(check({ certificateThumbprint: () => CERTIFICATE })).toBeUndefined();
  });

  it.each([[{}], [{ kid: 'k' }], [{ jwk: {} }], [{ jku: 'https://x' }], [null], ['jkt'], [7], [['jkt']], [true]])(
    'refuses a token bound by %j, which is not supported',
    (cnf) => {
      for (const dpop of MODES)
        for (const scheme of ['bearer', 'dpop'] as const)
          expect(possession(dpop).check(bound(cnf), TOKEN, scheme, withCertificate(CERTIFICATE))).toBe('binding_mismatch');
    },
  );

  it('reads its own cnf only', () => {
    const inherited = { claims: Object.create({ cnf: { jkt: 'x' } }) as object } as Principal;
    expect(possession(undefined).check(inherited, TOKEN, 'bearer', facts())).toBeUndefined();
  });

  it('refuses a bound token without the URL of the service', async () => {
    const { jkt, proof } = await client();
    const subject = new ByReason('accepted', undefined);
    expect(subject.check(bound({ jkt }), TOKEN, 'dpop', facts({ dpop: [proof] }))).toBe('binding_mismatch');
  });
});
