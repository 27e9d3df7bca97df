import { findingWords, type FindingWords, type TokenSource } from '../../authentication/index.js';
import { readClaim, shown, unreadableFor, type RefusalReason, type RequirementClause } from '../../core/index.js';
import { denialWords, grantWords, resourceWords } from './condition-words.js';
import type { RefusalFacts } from './refusal-facts.interface.js';
import type { RefusedCall } from './refused-call.interface.js';
import { need, roleWords } from './role-words.js';

type Words = Partial<FindingWords>;
type Explain = (refused: RefusedCall, facts: RefusalFacts) => Words;

/** Describes a refusal to the operator of the service. */
export function refusalWords(refused: RefusedCall, facts: RefusalFacts): FindingWords {
  return { came: '', expected: '', remedy: '', ...WORDS[refused.reason](refused, facts) };
}

const ofToken: Explain = ({ finding, issuer }) => {
  if (finding === undefined) return {};
  const words = findingWords(finding);
  if (issuer === undefined || finding.kind === 'issuer' || words.came === '') return words;
  return { ...words, came: `${words.came}, in a token of ${shown(issuer)}` };
};

const ofRevocations: Explain = ({ principal }) => ({
  came: `a token${principal === undefined ? '' : ` of ${shown(principal.issuer)}`}`,
  expected: 'revocation rules that are up to date',
  remedy: 'The log says why the revocation feed is unreachable.',
});

const ofMapping: Explain = ({ resolution }) => ({
  came: resolution !== undefined && 'detail' in resolution ? resolution.detail : '',
  expected: 'the permissions of the caller',
  remedy: 'Requests that need permissions get 503 until a mapping is loaded.',
});

/** Describes each reason to the operator. The compiler requires an entry for every reason. */
const WORDS: Readonly<Record<RefusalReason, Explain>> = {
  token_missing: (refused, facts) => {
    const words = ofToken(refused, facts);
    return facts.tokenFrom.every((source) => source === 'authorization')
      ? words
      : { ...words, expected: `a token in ${facts.tokenFrom.map(sourceName).join(' or ')} (the option "tokenFrom")` };
  },
  request_malformed: ofToken,
  token_malformed: ofToken,
  algorithm_not_allowed: ofToken,
  issuer_unknown: ofToken,
  key_unknown: ofToken,
  keys_unavailable: ofToken,
  roles_unavailable: ofToken,
  signature_invalid: ofToken,
  token_expired: ofToken,
  token_not_yet_valid: ofToken,
  audience_mismatch: ofToken,
  claims_invalid: ofToken,
  not_access_token: ofToken,
  lifetime_too_long: ofToken,
  roles_overage: ofToken,
  session_pending: (refused, facts) => ({
    ...ofToken(refused, facts),
    came: 'a token of a session that still has tasks to do',
    expected: 'a session that is active',
    remedy: 'The client must let its user complete the tasks (Clerk: sts "pending").',
  }),
  issuer_retired: ofToken,
  binding_mismatch: ofToken,
  proof_invalid: ofToken,
  token_revoked: ({ principal }) => ({
    came: `a token${principal === undefined ? '' : ` of ${shown(principal.issuer)}`} that a revocation rule names`,
    expected: 'a token that was issued after the rule',
    remedy: 'Have the user log in again. Level debug names the subject; "nestjs-authz revocations" lists the rules.',
  }),
  token_not_fresh: (refused, facts) => ({
    ...ofRevocations(refused, facts),
    came: 'a token that is older than is accepted while revocation rules are not up to date',
    expected: 'a newer token (revocation.onStale is "require-fresh-token")',
  }),
  revocations_unavailable: ofRevocations,
  revocations_stale: ofRevocations,
  authentication_insufficient: ({ principal, decision }) => ({
    came: `acr ${claimOf(principal?.claims, 'acr')}, auth_time ${claimOf(principal?.claims, 'auth_time')}`,
    expected: decision?.unmet === undefined ? '' : authenticationOf(decision.unmet),
    remedy:
      'The client must ask the user to authenticate again, as the challenge says. If the new token is refused too, the issuer does not write these claims.',
  }),
  no_requirement: ({ doubt }) => ({
    came:
      doubt === undefined ? 'a call to a handler without a decorator' : `a call that cannot be traced to one handler: ${doubt}`,
    expected: '@RequirePermissions(), @Authenticated(), @Public() or another decorator of this module',
    remedy: doubt === undefined ? 'Write one on the handler or its class.' : 'Keep the method at its property.',
  }),
  permission_missing: roleWords,
  permission_denied: (refused, facts) => (refused.finding === undefined ? denialWords : ofToken)(refused, facts),
  condition_unmet: grantWords,
  resource_required: resourceWords,
  resource_not_found: ({ decision }) => ({
    came: decision?.detail ?? '',
    expected: 'a resource',
    remedy: 'If the resource exists, check what the loader reads: "params" are strings in HTTP paths, and are not validated yet.',
  }),
  resource_unavailable: ({ decision }) => ({
    came: decision?.detail ?? '',
    expected: 'a resource, within "resourceTimeoutMs"',
    remedy: 'A warning before this has the error of the loader.',
  }),
  policy_denied: policyWords,
  role_missing: roleWords,
  scope_missing: ({ principal, decision }) => ({
    came: principal?.scopes.length === 0 ? 'no scopes' : `scopes ${shown(principal?.scopes.join(' '))}`,
    expected: `scope ${decision?.missing.map(shown).join(need(decision.unmet)) ?? ''}`,
    remedy: 'Have the client ask for the scope, and the issuer allow it for this client.',
  }),
  claim_unreadable: (refused, facts) => {
    const { principal, finding } = refused;
    const claim = finding === undefined && principal ? unreadableFor(principal, 'permissions') : undefined;
    if (claim === undefined) return ofToken(refused, facts);
    return ofToken({ ...refused, finding: { kind: 'unreadable', claim }, issuer: principal?.issuer }, facts);
  },
  mapping_unavailable: ofMapping,
  mapping_stale: ofMapping,
  mapping_timeout: ofMapping,
  mapping_invalid: ofMapping,
  context_unknown: () => ({
    came: 'a call over a transport that AuthzGuard does not know, or without its request or connection',
    expected: 'HTTP, GraphQL, WebSocket, gRPC or a message of a supported transport',
    remedy: 'If you create the context of calls yourself (GraphQL, a custom strategy), put the request into it.',
  }),
  indeterminate: (refused, facts) => ({
    came: 'a call that could not be decided',
    expected: 'a decision',
    ...(refused.finding && ofToken(refused, facts)),
    ...(refused.decision && { ...policyWords(refused), remedy: 'A warning before this has the error of the policy.' }),
  }),
};

function policyWords({ decision }: RefusedCall): Words {
  return { came: decision?.detail ?? '', expected: `the policy ${decision?.missing.join(', ') ?? ''} to return true` };
}

function sourceName(source: TokenSource): string {
  if (source === 'authorization') return 'the Authorization header';
  if (typeof source === 'function') return 'what its function returns';
  if ('header' in source) return `the header ${shown(source.header)}`;
  return 'cookie' in source ? `the cookie ${shown(source.cookie)}` : `the query parameter ${shown(source.query)}`;
}

function claimOf(claims: Readonly<Record<string, unknown>> = {}, name: string): string {
  const value = readClaim(claims, [name]);
  return value === undefined ? 'absent' : shown(value);
}

function authenticationOf(clause: RequirementClause): string {
  if (clause.among !== 'authentication') return '';
  const { acr, maxAgeSeconds } = clause;
  return [
    ...(acr.length > 0 ? [`acr ${acr.map(shown).join(' or ')}`] : []),
    ...(maxAgeSeconds === undefined ? [] : [`auth_time within ${maxAgeSeconds} s`]),
  ].join(' and ');
}
