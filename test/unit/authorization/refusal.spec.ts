import { AuthzRefusedException } from '../../../lib/authorization/index.js';
import { refusal } from '../../../lib/authorization/refusal.js';
import { refuse } from '../../../lib/authorization/refuse.js';
import { REFUSAL_REASONS, type RefusalReason } from '../../../lib/core/index.js';

const STATUS: Record<RefusalReason, number> = {
  token_missing: 401,
  request_malformed: 400,
  token_malformed: 401,
  algorithm_not_allowed: 401,
  issuer_unknown: 401,
  key_unknown: 401,
  keys_unavailable: 503,
  signature_invalid: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  audience_mismatch: 401,
  claims_invalid: 401,
  not_access_token: 401,
  no_requirement: 403,
  permission_missing: 403,
  permission_denied: 403,
  role_missing: 403,
  scope_missing: 403,
  mapping_unavailable: 503,
  mapping_timeout: 503,
  mapping_invalid: 503,
  context_unknown: 403,
  indeterminate: 403,
};

describe.each(REFUSAL_REASONS)('%s', (reason) => {
  const { status, body, headers } = refusal(reason);

  it(`is answered ${STATUS[reason]}`, () => {
    expect({ status, inBody: body.statusCode }).toEqual({ status: STATUS[reason], inBody: STATUS[reason] });
  });

  it('carries a challenge, or says when to come back', () => {
    expect(Object.keys(headers)).toEqual([status === 503 ? 'Retry-After' : 'WWW-Authenticate']);
  });

  it('keeps its reason to itself', () => {
    expect(JSON.stringify({ body, headers })).not.toContain(reason);
  });

  it('is written so that a header can carry it', () => {
    for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
});

it('only a challenge to a caller without a token names no error (RFC 6750 section 3.1)', () => {
  const without = REFUSAL_REASONS.filter((reason) => refusal(reason).headers['WWW-Authenticate'] === 'Bearer realm="api"');
  expect(without).toEqual(['token_missing']);
});

it('names scopes, and how long to wait, where they are known', () => {
  expect(refusal('scope_missing', { scopes: ['a', 'b'] }).headers['WWW-Authenticate']).toMatch(/, scope="a b"$/);
  expect(refusal('keys_unavailable', { retryAfterSeconds: 7 }).headers).toEqual({ 'Retry-After': '7' });
});

it('an exception carries reason, status, body and headers, and reads as one', () => {
  const exception = new AuthzRefusedException('permission_missing');
  const { status, body, headers } = refusal('permission_missing');
  expect(exception).toMatchObject({ reason: 'permission_missing', headers });
  expect(exception.getStatus()).toBe(status);
  expect(exception.getResponse()).toEqual(body);
  expect(exception.message).toBe(body.message);
});

it('refusing outside of HTTP throws the same without a response to write on', () => {
  expect(() => refuse(undefined, 'token_missing')).toThrow(AuthzRefusedException);
});
