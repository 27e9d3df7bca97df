import { AuthzConfigError } from './options/authz-config.error.js';
import { distinct } from './distinct.js';
import { isAbsent } from './identifier.js';
import { isRecord, refuseUnknownMembers } from './options/read-options.js';
import type { Principal } from './principal.js';
import { shown } from './shown.js';

/** The identity under which work without a token runs: a command, a scheduled task, a job from a queue. */
export interface LocalPrincipal {
  /** Name for the log: `nightly-invoices`. */
  readonly subject: string;
  /** Names of roles; the mapping gives them permissions. */
  readonly roles: readonly string[];
  /** The tenant on whose behalf the work runs. Default: none. */
  readonly tenant?: string | undefined;
  /** OAuth scopes. Default: none. */
  readonly scopes?: readonly string[] | undefined;
}

const MEMBERS: Record<keyof LocalPrincipal, true> = { subject: true, roles: true, tenant: true, scopes: true };

/** Issuer of every local principal. Not a URL, so no identity provider can have it. */
const LOCAL_ISSUER = 'urn:nestjs-authz:local';

/** Whether {@link localPrincipal} made the principal: it has no token, so no revocation applies to it. */
export function isLocal({ issuer }: Principal): boolean {
  return issuer === LOCAL_ISSUER;
}

/**
 * Returns a caller's principal unchanged (also one that was stored as JSON), or makes a principal from a local one.
 * @throws AuthzConfigError if the value is neither.
 */
export function actingPrincipal(who: Principal | LocalPrincipal): Principal {
  if (!isRecord(who)) throw unusable(who);
  if (!('claims' in who)) return localPrincipal(who);
  if (isPrincipal(who)) return who;
  throw unusable(who);
}

function isPrincipal(who: object): who is Principal {
  const { issuer, subject, tenant, roles, scopes, unreadable, claims } = who as Partial<Record<keyof Principal, unknown>>;
  return (
    isName(issuer) &&
    isName(subject) &&
    (isAbsent(tenant) || isName(tenant)) &&
    isNames(roles) &&
    isNames(scopes) &&
    (isAbsent(unreadable) || (Array.isArray(unreadable) && unreadable.every(isRecord))) &&
    isRecord(claims)
  );
}

/** @throws AuthzConfigError if "subject" or the list of roles is missing. */
function localPrincipal(who: LocalPrincipal): Principal {
  refuseUnknownMembers(who, Object.keys(MEMBERS), 'The principal of runAs()');
  const isTenant = who.tenant === undefined || isName(who.tenant);
  if (!isName(who.subject) || !isNames(who.roles) || !isNames(who.scopes ?? []) || !isTenant) throw unusable(who);
  const { subject, roles, tenant, scopes = [] } = who;
  return Object.freeze({
    issuer: LOCAL_ISSUER,
    subject,
    clientId: undefined,
    tenant,
    roles: distinct(roles),
    scopes: distinct(scopes),
    actors: Object.freeze([]),
    expiresAt: Infinity,
    claims: Object.freeze(Object.create(null) as Record<string, unknown>),
  });
}

function unusable(who: unknown): AuthzConfigError {
  return new AuthzConfigError(
    'AUTHZ_LOCAL_PRINCIPAL',
    `runAs() needs a principal, or a subject and its roles: { subject: "nightly-invoices", roles: ["accountant"] }, got ${described(who)}.`,
  );
}

/** Lists the names of the members only: the claims of a caller must not reach a log. */
function described(who: unknown): string {
  return isRecord(who) ? `an object with ${Object.keys(who).map(shown).join(', ') || 'nothing in it'}` : shown(who);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isName);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
