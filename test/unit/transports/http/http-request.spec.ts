import { createHash } from 'node:crypto';
import { RequireAuthContext } from '../../../../lib/authorization/index.js';
import { compileRequirement } from '../../../../lib/authorization/requirements/compile-requirement.js';
import { requestFacts, type HttpRequest } from '../../../../lib/transports/http/http-request.js';

const CERTIFICATE = Buffer.from('a certificate');
const RAW = {
  rawHeaders: ['DPoP', 'a', 'Host', 'x', 'dpop', 'b'],
  socket: { getPeerCertificate: () => ({ raw: CERTIFICATE }) as never },
};
const ROUTE = { method: 'POST', originalUrl: '/orders?page=1' };

describe('requestFacts', () => {
  it.each<[string, HttpRequest]>([
    ['Express', { ...ROUTE, ...RAW }],
    ['Fastify', { ...ROUTE, raw: RAW }],
  ])('reads method, path, proofs and certificate as %s has them', (_adapter, request) => {
    const facts = requestFacts(request);
    expect(facts).toMatchObject({ method: 'POST', path: '/orders?page=1', dpop: ['a', 'b'] });
    expect(facts.certificateThumbprint()).toBe(createHash('sha256').update(CERTIFICATE).digest('base64url'));
  });

  it.each<[string, HttpRequest]>([
    ['without TLS', { ...ROUTE, rawHeaders: [], socket: {} }],
    ['with TLS that the client is unknown to', { ...ROUTE, rawHeaders: [], socket: { getPeerCertificate: () => ({}) as never } }],
    ['without a socket', { ...ROUTE }],
  ])('finds no certificate on a connection %s', (_how, request) => {
    expect(requestFacts(request).certificateThumbprint()).toBeUndefined();
    expect(requestFacts(request).dpop).toEqual([]);
  });
});

describe('@RequireAuthContext()', () => {
  /** The requirement of a handler with the decorator. */
  const asked = (context: object) => {
    class Orders {
      @RequireAuthContext(context)
      pay(): void {
        // decorated only
      }
    }
    return compileRequirement({ type: Orders, prototype: Orders.prototype, key: 'pay' });
  };
  const clause = (acr: readonly string[], maxAgeSeconds?: number) => ({
    access: 'authenticated',
    clauses: [{ among: 'authentication', acr, maxAgeSeconds }],
  });

  it.each([
    [{ acr: ['gold', 'urn:acme:silver'] }, clause(['gold', 'urn:acme:silver'])],
    [{ maxAgeSeconds: 300 }, clause([], 300)],
    [{ maxAgeSeconds: 0 }, clause([], 0)],
    [{ acr: ['gold'], maxAgeSeconds: 60 }, clause(['gold'], 60)],
  ])('with %j requires %j', (context, requirement) => {
    expect(asked(context)).toEqual(requirement);
  });

  it.each([
    [{}],
    [{ acr: [] }],
    [{ acr: [''] }],
    [{ acr: ['gold silver'] }],
    [{ acr: ['"'] }],
    [{ acr: ['a\\b'] }],
    [{ acr: ['a\r\nb'] }],
    [{ acr: ['größe'] }],
    [{ acr: [7] }],
    [{ maxAgeSeconds: -1 }],
    [{ maxAgeSeconds: 1.5 }],
    [{ maxAgeSeconds: Number.NaN }],
    [{ maxAgeSeconds: '300' }],
    [{ maxAgeSeconds: null }],
    [{ acr: ['gold'], maxAgeSeconds: Infinity }],
  ])('refuses %j when the class is loaded', (context) => {
    expect(() => asked(context)).toThrow(/^Orders\.pay: @RequireAuthContext\(.*\) must have acr: \['…'\]/);
  });
});
