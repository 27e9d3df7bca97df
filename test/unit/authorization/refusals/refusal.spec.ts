import { AuthzRefusedException, Refusals } from '../../../../lib/authorization/index.js';
import { unknownTransport } from '../../../../lib/authorization/transports/unknown-transport.js';
import { httpTransport } from '../../../../lib/transports/http/http-transport.js';
import { refusal, type ChallengeSettings, type RefusalDetails } from '../../../../lib/authorization/refusals/refusal.js';
import { REFUSAL_REASONS, type AuthContextClause, type RefusalReason } from '../../../../lib/core/index.js';

const INVALID = 'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"';
const INSUFFICIENT =
  'Bearer realm="api", error="insufficient_scope", error_description="The access token does not allow this request"';
const UNAVAILABLE = 'Retry-After';
/** A 404 looks like that of a route that does not exist. */
const NOTHING = 'no header';

/** Status and challenge of every reason, without details and settings. */
const RESPONSES: Record<RefusalReason, readonly [status: number, challenge: string]> = {
  token_missing: [401, 'Bearer realm="api"'],
  request_malformed: [
    400,
    'Bearer realm="api", error="invalid_request", error_description="The request carries more than one access token"',
  ],
  token_malformed: [401, INVALID],
  algorithm_not_allowed: [401, INVALID],
  issuer_unknown: [401, INVALID],
  key_unknown: [401, INVALID],
  keys_unavailable: [503, UNAVAILABLE],
  roles_unavailable: [503, UNAVAILABLE],
  signature_invalid: [401, INVALID],
  token_expired: [401, 'Bearer realm="api", error="invalid_token", error_description="The access token expired"'],
  token_not_yet_valid: [401, INVALID],
  audience_mismatch: [401, INVALID],
  claims_invalid: [401, INVALID],
  not_access_token: [401, INVALID],
  lifetime_too_long: [401, INVALID],
  roles_overage: [401, INVALID],
  session_pending: [401, INVALID],
  issuer_retired: [401, INVALID],
  binding_mismatch: [401, INVALID],
  proof_invalid: [401, 'Bearer realm="api", error="invalid_dpop_proof", error_description="The DPoP proof is invalid"'],
  token_revoked: [401, INVALID],
  token_not_fresh: [401, INVALID],
  revocations_unavailable: [503, UNAVAILABLE],
  revocations_stale: [503, UNAVAILABLE],
  authentication_insufficient: [
    401,
    'Bearer realm="api", error="insufficient_user_authentication", error_description="A stronger or more recent authentication is required"',
  ],
  no_requirement: [403, INSUFFICIENT],
  permission_missing: [403, INSUFFICIENT],
  permission_denied: [403, INSUFFICIENT],
  condition_unmet: [403, INSUFFICIENT],
  resource_required: [403, INSUFFICIENT],
  resource_not_found: [404, NOTHING],
  resource_unavailable: [503, UNAVAILABLE],
  policy_denied: [403, INSUFFICIENT],
  role_missing: [403, INSUFFICIENT],
  claim_unreadable: [403, INSUFFICIENT],
  scope_missing: [403, INSUFFICIENT],
  mapping_unavailable: [503, UNAVAILABLE],
  mapping_stale: [503, UNAVAILABLE],
  mapping_timeout: [503, UNAVAILABLE],
  mapping_invalid: [503, UNAVAILABLE],
  context_unknown: [403, INSUFFICIENT],
  indeterminate: [403, INSUFFICIENT],
};
/** @param more What the challenge has besides. */
function headersWith(header: string, more = ''): Readonly<Record<string, string>> {
  if (header === NOTHING) return {};
  return header === UNAVAILABLE ? { 'Retry-After': '5' } : { 'WWW-Authenticate': header + more };
}
const challenge = (reason: RefusalReason, details?: RefusalDetails, settings?: ChallengeSettings) =>
  refusal(reason, details, settings).headers['WWW-Authenticate'];
const context = (acr: readonly string[], maxAgeSeconds?: number): RefusalDetails => ({
  authContext: { among: 'authentication', acr, maxAgeSeconds } satisfies AuthContextClause,
});
const METADATA = 'https://api.acme.com/.well-known/oauth-protected-resource';
const dpop = (required: boolean): ChallengeSettings => ({ dpop: { algorithms: ['ES256', 'EdDSA'], required } });

describe.each(REFUSAL_REASONS)('%s', (reason) => {
  const { status, body, headers } = refusal(reason);

  it(`is answered ${RESPONSES[reason][0]}, with its challenge or Retry-After`, () => {
    const [expected, header] = RESPONSES[reason];
    expect({ status, inBody: body.statusCode }).toEqual({ status: expected, inBody: expected });
    expect(headers).toEqual(headersWith(header));
  });

  it('keeps its reason to itself', () => {
    expect(JSON.stringify({ body, headers })).not.toContain(reason);
  });

  it('is written so that a header can carry it, each parameter once', () => {
    const full = refusal(
      reason,
      { ...context(['gold'], 60), scopes: ['a'], retryAfterSeconds: 3 },
      { resourceMetadata: METADATA, ...dpop(false) },
    );
    for (const value of [...Object.values(headers), ...Object.values(full.headers)]) {
      expect(value).toMatch(/^[\x20-\x7e]+$/);
      const names = [...(value.split(', DPoP ')[0] ?? '').matchAll(/(\w+)="[^"\\]*"/g)].map(([, name]) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

it('only a challenge to a caller without a token names no error (RFC 6750 section 3.1)', () => {
  const without = REFUSAL_REASONS.filter((reason) => challenge(reason)?.includes('error=') === false);
  expect(without).toEqual(['token_missing']);
});

it('names scopes, and how long to wait, where they are known', () => {
  expect(challenge('scope_missing', { scopes: ['a', 'b'] })).toBe(`${INSUFFICIENT}, scope="a b"`);
  expect(refusal('keys_unavailable', { retryAfterSeconds: 7 }).headers).toEqual({ 'Retry-After': '7' });
});

it.each([
  [context(['gold', 'silver']), ', acr_values="gold silver"'],
  [context([], 300), ', max_age="300"'],
  [context([], 0), ', max_age="0"'],
  [context(['gold'], 300), ', acr_values="gold", max_age="300"'],
])('says how to authenticate anew (RFC 9470 section 3): %j, %s', (details, parameters) => {
  expect(challenge('authentication_insufficient', details)).toBe(RESPONSES.authentication_insufficient[1] + parameters);
});

it('says where the resource is described, whatever the reason, except where waiting helps or the resource is missing', () => {
  for (const reason of REFUSAL_REASONS) {
    const { headers } = refusal(reason, {}, { resourceMetadata: METADATA });
    const [, header] = RESPONSES[reason];
    expect(headers).toEqual(headersWith(header, `, resource_metadata="${METADATA}"`));
  }
});

describe('where DPoP is accepted', () => {
  it.each(['token_missing', 'token_malformed', 'binding_mismatch', 'scope_missing', 'request_malformed'] as const)(
    'challenges %s with both schemes, the error beside the first',
    (reason) => expect(challenge(reason, {}, dpop(false))).toBe(`${RESPONSES[reason][1]}, DPoP algs="ES256 EdDSA"`),
  );

  it.each([false, true])('challenges a bad proof with DPoP alone (required: %p)', (required) => {
    expect(challenge('proof_invalid', {}, { ...dpop(required), resourceMetadata: METADATA })).toBe(
      `DPoP error="invalid_dpop_proof", error_description="The DPoP proof is invalid", resource_metadata="${METADATA}", algs="ES256 EdDSA"`,
    );
  });

  it('challenges with DPoP alone where it is required', () => {
    expect(challenge('token_missing', {}, dpop(true))).toBe('DPoP algs="ES256 EdDSA"');
    expect(challenge('token_malformed', {}, dpop(true))).toBe(
      'DPoP error="invalid_token", error_description="The access token is invalid", algs="ES256 EdDSA"',
    );
  });
});

describe('Refusals', () => {
  const caught = (run: () => never): AuthzRefusedException => {
    try {
      return run();
    } catch (error) {
      return error as AuthzRefusedException;
    }
  };

  it('puts the headers on the response and throws an exception that carries reason, status, body and headers', () => {
    const headers: Record<string, string> = {};
    const response = { header: (name: string, value: string) => (headers[name] = value) };
    const settings = { resourceMetadata: METADATA };
    const exception = caught(() =>
      new Refusals(settings).refuse({ transport: httpTransport, args: [{}, response] }, 'scope_missing', { scopes: ['a'] }),
    );
    const answer = refusal('scope_missing', { scopes: ['a'] }, settings);
    expect(exception).toBeInstanceOf(AuthzRefusedException);
    expect(exception).toMatchObject({ reason: 'scope_missing', headers: answer.headers, message: answer.body.message });
    expect(exception.getStatus()).toBe(403);
    expect(exception.getResponse()).toEqual(answer.body);
    expect(headers).toEqual(answer.headers);
  });

  it('throws the same outside of any transport, where there is no response to write on', () => {
    const nowhere = { transport: unknownTransport, args: [] };
    expect(caught(() => new Refusals({}).refuse(nowhere, 'token_missing'))).toMatchObject({ reason: 'token_missing' });
  });
});
