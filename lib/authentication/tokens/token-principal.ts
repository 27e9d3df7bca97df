import {
  claimName,
  principalFromClaims,
  readClaim,
  readClaimAt,
  UnreadableClaim,
  type ClaimUse,
  type Principal,
  type RefusalReason,
} from '../../core/index.js';
import { fault, type TokenFault } from '../findings.js';
import { unawaited } from '../issuers/claims/function-option.js';
import type { Claims } from '../issuers/claims/claims.js';
import type { IssuerSettings } from '../issuers/options/issuer-settings.js';
import { namesReader } from '../issuers/claims/names-format.js';
import { isOfAnother } from '../issuers/claims/role-prefixes.js';
import { ownSubject } from '../issuers/claims/subject-reader.js';
import { checkClaims, claimInvalid } from './check-claims.js';

/** A token that is refused for one of its claims. */
export interface RefusedClaim extends TokenFault {
  readonly unreadable: UnreadableClaim;
}

/** Checks the claims of a token whose signature is valid, and turns them into a principal: the last step of every verification. */
export function tokenPrincipal(claims: Claims, settings: IssuerSettings): Principal | TokenFault | RefusedClaim {
  return checkClaims(claims, settings, Date.now() / 1000) ?? readPrincipal(claims, settings);
}

/** Turns claims into a principal without checking times, audience and the rest. */
export function readPrincipal(claims: Claims, settings: IssuerSettings): Principal | TokenFault | RefusedClaim {
  const { legacy, maxRoles, tenant, readTenant } = settings;
  const subject = settings.subject ? settings.subject.read(claims) : ownSubject(claims, legacy !== undefined);
  if (subject === undefined) return subjectInvalid(claims, settings);
  const names = roles(claims, settings);
  const foreign = names instanceof UnreadableClaim ? undefined : names.find((name) => isOfAnother(name, settings));
  if (foreign !== undefined) return fault('claims_invalid', { kind: 'foreign_role', role: foreign });
  const principal = principalFromClaims(claims, {
    issuer: settings.issuer,
    subject,
    roles: names,
    maxRoles,
    roleClaim: settings.roleClaim,
    tenant,
    readTenant,
    acceptUntil: legacy && legacy.acceptUntil / 1000,
    tokenPermissions: permissions(claims, settings),
  });
  return refusedClaim(principal, settings) ?? principal;
}

/**
 * The refusal for each claim that identifies the caller. Without such a claim it is unclear which rules and whose data apply, so the token is
 * refused for every call. The form of the tenant is set by the options, and another token of the issuer would have the same: 403. The others have
 * one standard form: 401.
 */
const REASONS: Readonly<Record<ClaimUse, RefusalReason | undefined>> = {
  subject: 'claims_invalid',
  tenant: 'claim_unreadable',
  'revocation subject': 'claim_unreadable',
  client: 'claims_invalid',
  actor: 'claims_invalid',
  'token id': 'claims_invalid',
  'session id': 'claims_invalid',
  // An unreadable one of these refuses only the decisions that depend on it.
  roles: undefined,
  permissions: undefined,
  scopes: undefined,
};

function refusedClaim({ unreadable = [], tenant }: Principal, settings: IssuerSettings): RefusedClaim | undefined {
  for (const unread of unreadable) {
    const reason = REASONS[unread.use];
    if (reason !== undefined) return refusedFor(reason, unread);
  }
  if (tenant !== undefined || settings.requiresTenant === undefined) return undefined;
  const advice = 'Have the issuer write it into every token, or leave out "required".';
  const missing = new UnreadableClaim('tenant', settings.tenant ?? [], 'missing, and "tenant.required" is true', advice);
  return refusedFor('claims_invalid', missing);
}

function refusedFor(reason: RefusalReason, unreadable: UnreadableClaim): RefusedClaim {
  return { reason, unreadable, finding: { kind: 'unreadable', claim: unreadable } };
}

/** The option `subject`, or `legacyIssuer({ subject })`, found none. */
function subjectInvalid(claims: Claims, { subject, legacy }: IssuerSettings): TokenFault {
  const [path = ['sub']] = subject?.paths ?? [];
  const form = subject === undefined && legacy === undefined ? 'a string' : 'a string or whole number';
  const expected = subject?.paths.length === 0 ? 'a subject that the function "subject" finds' : form;
  return claimInvalid(claimName(path), readClaim(claims, path), expected);
}

/** As the names of the mapping. The old service's name that no new one replaces is left out by explicit choice. */
function roles(claims: Claims, { readRoles, legacy, roleClaim }: IssuerSettings): readonly unknown[] | UnreadableClaim {
  if (legacy?.lookup !== undefined) return []; // until they are looked up
  const names = readRoles(claims);
  const translate = legacy?.role;
  if (translate === undefined || names instanceof UnreadableClaim) return names;
  const translated: unknown[] = [];
  for (const name of names) {
    try {
      const answer: unknown = typeof name === 'string' ? unawaited(translate(name)) : name;
      if (answer !== undefined) translated.push(answer);
    } catch {
      const found = 'a list with a name for which "legacyIssuer({ role })" throws';
      return new UnreadableClaim('roles', roleClaim, found, 'Have the function return a name, or undefined to leave it out.');
    }
  }
  return translated;
}

const PERMISSIONS = { use: 'permissions', option: 'tokenPermissions.format' } as const;
const READ_LIST = namesReader('array', PERMISSIONS.option, PERMISSIONS);
/** Scopes have a form of their own (RFC 8693 section 4.2), also where a service takes them for permissions (Logto, Cognito). */
const READ_SCOPES = namesReader('array-or-space-separated', PERMISSIONS.option, PERMISSIONS);
const isScope = ([name = '', ...others]: readonly string[]) => others.length === 0 && ['scope', 'scp'].includes(name);

function permissions(claims: Claims, { tokenPermissions }: IssuerSettings) {
  if (tokenPermissions === undefined) return undefined;
  const { claim, combine, read = isScope(claim) ? READ_SCOPES : READ_LIST } = tokenPermissions;
  return { combine, names: readClaimAt(claims, claim, 'permissions', read), claim };
}
