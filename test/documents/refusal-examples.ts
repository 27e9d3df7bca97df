import { Logger } from '@nestjs/common';
import { RefusalLog } from '../../lib/authorization/refusals/refusal-log.js';
import type { RefusedCall } from '../../lib/authorization/refusals/refused-call.interface.js';
import { UnreadableClaim, type AuthContextClause, type Principal, type RefusalReason } from '../../lib/core/index.js';
import { compileMapping } from '../../lib/mapping/compiled/compile-mapping.js';
import { parseCondition } from '../../lib/mapping/conditions/parse-condition.js';
import { MappingSnapshot, parseMapping } from '../../lib/mapping/index.js';

const ISSUER = 'https://id.acme.com';
const AUTHORITY = 'https://authority.acme.com/mapping';
const at = (time: string) => Date.parse(time) / 1000;

const mapping = new MappingSnapshot(
  compileMapping(
    parseMapping(
      {
        revision: 'r1',
        roles: {
          viewer: ['orders:read'],
          clerk: ['orders:delete', { permission: 'orders:update', when: 'resource.ownerId == principal.subject' }],
          trainee: { permissions: [], deny: ['orders:delete'] },
        },
      },
      'mapping.yaml',
      { parseCondition },
    ),
  ),
);

/** A caller of the examples, whose token is valid. */
function caller(members: Partial<Principal>): Principal {
  return { issuer: ISSUER, subject: 'ann', roles: [], actors: [], claims: {}, scopes: [], ...members } as unknown as Principal;
}

function missing(reason: RefusalReason, name: string, roles: readonly string[]): Omit<RefusedCall, 'name' | 'reason'> {
  return {
    principal: caller({ roles }),
    resolution: { permissions: mapping.permissionsFor(roles) },
    decision: { allowed: false, reason, missing: [name], unmet: undefined },
  };
}

/** A clerk, whose role grants a permission under a condition over the order. */
function about(reason: RefusalReason, resource: object | undefined): Omit<RefusedCall, 'name' | 'reason'> {
  const { decision, ...call } = missing(reason, 'orders:update', ['clerk']);
  return { ...call, decision: decision && { ...decision, facts: { nowSeconds: 0, resource } } };
}

function found(reason: RefusalReason, detail: string, ...names: readonly string[]): Omit<RefusedCall, 'name' | 'reason'> {
  return { decision: { allowed: false, reason, missing: names, unmet: undefined, detail } };
}

const stepUp: AuthContextClause = { among: 'authentication', acr: ['urn:acme:mfa'], maxAgeSeconds: 300 };

/** A refused call for each reason, as the documents show it. */
const EXAMPLES: Readonly<Record<RefusalReason, Omit<RefusedCall, 'name' | 'reason'>>> = {
  token_missing: { finding: { kind: 'credentials', header: undefined } },
  request_malformed: { finding: { kind: 'ambiguous' } },
  token_malformed: { finding: { kind: 'token', fault: 'parts', length: 32, maxLength: 8192, parts: 1 } },
  algorithm_not_allowed: { issuer: ISSUER, finding: { kind: 'algorithm', came: 'HS256', expected: ['RS256', 'ES256'] } },
  issuer_unknown: { finding: { kind: 'issuer', came: `${ISSUER}/`, expected: [ISSUER], isResolved: false } },
  key_unknown: {
    issuer: ISSUER,
    finding: { kind: 'key', kid: '2026-02', alg: 'RS256', held: [{ kid: '2026-01', algorithms: new Set(['RS256']) }] },
  },
  keys_unavailable: { issuer: ISSUER, finding: { kind: 'keys' } },
  roles_unavailable: { issuer: 'old-login', finding: { kind: 'lookup', outcome: 'failed' } },
  signature_invalid: { issuer: ISSUER, finding: { kind: 'signature', kid: '2026-01', alg: 'RS256', hasSharedSecret: false } },
  token_expired: {
    issuer: ISSUER,
    finding: { kind: 'time', claim: 'exp', came: at('2026-11-30T21:00:00Z'), now: at('2026-11-30T21:05:00Z'), tolerance: 30 },
  },
  token_not_yet_valid: {
    issuer: ISSUER,
    finding: { kind: 'time', claim: 'iat', came: at('2026-11-30T21:02:00Z'), now: at('2026-11-30T21:00:00Z'), tolerance: 30 },
  },
  audience_mismatch: {
    issuer: ISSUER,
    finding: { kind: 'audience', came: 'account', expected: ['https://orders.acme.com'] },
  },
  claims_invalid: { issuer: ISSUER, finding: { kind: 'claim', claim: 'exp', came: undefined, expected: 'a number' } },
  not_access_token: { issuer: ISSUER, finding: { kind: 'token_kind', sign: 'nonce', came: 'n-1', expected: 'access' } },
  lifetime_too_long: { issuer: ISSUER, finding: { kind: 'lifetime', seconds: 86_400, maxSeconds: 3600 } },
  roles_overage: { issuer: ISSUER, finding: { kind: 'overage', claim: 'groups' } },
  session_pending: { issuer: ISSUER, finding: { kind: 'refuse', outcome: 'reason' } },
  issuer_retired: { issuer: 'old-login', finding: { kind: 'retired', acceptUntil: Date.parse('2026-11-01T00:00:00Z') } },
  binding_mismatch: { issuer: ISSUER, finding: { kind: 'binding', check: 'bearer_for_bound' } },
  proof_invalid: { issuer: ISSUER, finding: { kind: 'proof', check: 'url' } },
  token_revoked: { principal: caller({}) },
  token_not_fresh: { principal: caller({}) },
  revocations_unavailable: { principal: caller({}) },
  revocations_stale: { principal: caller({}) },
  authentication_insufficient: {
    principal: caller({ claims: { acr: 'pwd' } }),
    decision: { allowed: false, reason: 'authentication_insufficient', missing: [], unmet: stepUp },
  },
  no_requirement: {},
  permission_missing: missing('permission_missing', 'orders:read', ['Viewer']),
  permission_denied: missing('permission_denied', 'orders:delete', ['trainee', 'clerk']),
  condition_unmet: about('condition_unmet', { id: 7, ownerId: 'bob' }),
  resource_required: about('resource_required', undefined),
  resource_not_found: found('resource_not_found', 'OrderById returned undefined'),
  resource_unavailable: found('resource_unavailable', 'OrderById did not finish within 2000 ms'),
  policy_denied: found('policy_denied', 'OwnsOrder returned false', 'OwnsOrder'),
  role_missing: missing('role_missing', 'clerk', ['viewer']),
  scope_missing: {
    principal: caller({ scopes: ['openid', 'profile'] }),
    decision: { allowed: false, reason: 'scope_missing', missing: ['orders'], unmet: undefined },
  },
  claim_unreadable: {
    issuer: ISSUER,
    finding: {
      kind: 'unreadable',
      claim: new UnreadableClaim(
        'roles',
        'roles',
        'a string, and "rolesFormat" is "array"',
        "Write rolesFormat: 'one-or-many' if the string is one name, 'space-separated' or 'comma-separated' if it holds several.",
      ),
    },
  },
  mapping_unavailable: {
    resolution: { failure: 'mapping_unavailable', detail: `no mapping was loaded from ${AUTHORITY} yet` },
  },
  mapping_stale: {
    resolution: { failure: 'mapping_stale', detail: `the mapping from ${AUTHORITY} expired at 2026-11-30T21:00:00.000Z` },
  },
  mapping_timeout: {
    resolution: { failure: 'mapping_timeout', detail: 'the mapping provider did not answer within 2000 ms' },
  },
  mapping_invalid: {
    resolution: {
      failure: 'mapping_invalid',
      detail: 'the mapping provider must return a PermissionSet, a list of permissions or { permissions, deny? }, got undefined',
    },
  },
  context_unknown: {},
  indeterminate: { finding: { kind: 'unverified' } },
};

/** Returns the line that the library logs for the example of a reason. */
export function exampleLine(reason: RefusalReason): string {
  const lines: string[] = [];
  const ignore = () => undefined;
  const logger = { log: ignore, error: ignore, warn: (line: string) => void lines.push(line), isLevelEnabled: () => false };
  Logger.overrideLogger(logger);
  try {
    const facts = { mapping: () => mapping, issuer: () => undefined, tokenFrom: ['authorization'] as const };
    new RefusalLog(true, facts).note({ name: 'OrdersController.list', reason, ...EXAMPLES[reason] });
  } finally {
    Logger.overrideLogger(new Logger());
  }
  return `[Authz] ${lines.join('\n')}`;
}
