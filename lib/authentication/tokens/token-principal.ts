import {
  principalFromClaims,
  readClaimAt,
  UnreadableClaim,
  type ClaimUse,
  type Principal,
  type RefusalReason,
} from '../../core/index.js';
import { unawaited } from '../issuers/function-option.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { permissionsReader } from '../issuers/names-format.js';
import { isOfAnother } from '../issuers/role-prefixes.js';
import { ownSubject } from '../issuers/subject-reader.js';
import { checkClaims } from './check-claims.js';

/** A token that is refused for one of its claims. */
export interface RefusedClaim {
  readonly reason: RefusalReason;
  readonly unreadable: UnreadableClaim;
}

/** The last step of every verification: the claims of a token whose signature is good, checked and turned into a principal. */
export function tokenPrincipal(claims: Claims, settings: IssuerSettings): Principal | RefusalReason | RefusedClaim {
  const reason = checkClaims(claims, settings, Date.now() / 1000);
  if (reason !== undefined) return reason;
  const { legacy, maxRoles, tenant, readTenant } = settings;
  const subject = settings.subject ? settings.subject.read(claims) : ownSubject(claims, legacy !== undefined);
  if (subject === undefined) return 'claims_invalid';
  const names = roles(claims, settings);
  if (!(names instanceof UnreadableClaim) && names.some((name) => isOfAnother(name, settings))) return 'claims_invalid';
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
 * Claims that say who the caller is: without them nobody knows which rules and whose data are meant, so that the token is refused for any
 * call. A tenant is written as the options say, and another token of the issuer would be no better: 403. The others have one form: 401.
 */
const REASONS: Readonly<Record<ClaimUse, RefusalReason | undefined>> = {
  subject: 'claims_invalid',
  tenant: 'claim_unreadable',
  'revocation subject': 'claim_unreadable',
  client: 'claims_invalid',
  actor: 'claims_invalid',
  'token id': 'claims_invalid',
  'session id': 'claims_invalid',
  // Decisions that depend on these are refused one by one.
  roles: undefined,
  permissions: undefined,
  scopes: undefined,
};

function refusedClaim({ unreadable = [], tenant }: Principal, settings: IssuerSettings): RefusedClaim | undefined {
  for (const fault of unreadable) {
    const reason = REASONS[fault.use];
    if (reason !== undefined) return { reason, unreadable: fault };
  }
  if (tenant !== undefined || settings.requiresTenant === undefined) return undefined;
  const advice = 'Have the issuer write it into every token, or leave out "required".';
  const missing = new UnreadableClaim('tenant', settings.tenant ?? [], 'missing, and "tenant.required" is true', advice);
  return { reason: 'claims_invalid', unreadable: missing };
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

const READ_LIST = permissionsReader('array');
/** Scopes have a form of their own (RFC 8693 section 4.2), also where a service takes them for permissions (Logto, Cognito). */
const READ_SCOPES = permissionsReader('array-or-space-separated');
const isScope = ([name = '', ...others]: readonly string[]) => others.length === 0 && ['scope', 'scp'].includes(name);

function permissions(claims: Claims, { tokenPermissions }: IssuerSettings) {
  if (tokenPermissions === undefined) return undefined;
  const { claim, combine, read = isScope(claim) ? READ_SCOPES : READ_LIST } = tokenPermissions;
  return { combine, names: readClaimAt(claims, claim, 'permissions', read), claim };
}
