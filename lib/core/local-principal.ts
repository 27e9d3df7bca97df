import { AuthzConfigError } from './authz-config.error.js';
import { isRecord } from './options-check.js';
import type { Principal } from './principal.js';
import { shown } from './shown.js';

/** Who a piece of work runs as that came with no token: a command, a schedule, a job from a queue. */
export interface LocalPrincipal {
  /** Its name, for the log: `nightly-invoices`. */
  readonly subject: string;
  /** Its roles; the mapping says what they grant. */
  readonly roles: readonly string[];
  /** Default: none. */
  readonly tenant?: string | undefined;
  /** Default: none. */
  readonly scopes?: readonly string[] | undefined;
}

/** Issuer of every local principal. No URL, so no token can have it. */
const LOCAL_ISSUER = 'urn:nestjs-authz:local';

/** @throws AuthzConfigError if it names no subject or no list of roles. */
export function localPrincipal(who: LocalPrincipal): Principal {
  if (
    !isRecord(who) ||
    typeof who.subject !== 'string' ||
    who.subject === '' ||
    !isNames(who.roles) ||
    !isNames(who.scopes ?? [])
  )
    throw new AuthzConfigError(
      'AUTHZ_LOCAL_PRINCIPAL',
      `runAs() needs a principal, or a subject and its roles: { subject: "nightly-invoices", roles: ["accountant"] }, got ${shown(who)}.`,
    );
  const { subject, roles, tenant, scopes = [] } = who;
  return Object.freeze({
    issuer: LOCAL_ISSUER,
    subject,
    clientId: undefined,
    tenant,
    roles: Object.freeze([...roles]),
    scopes: Object.freeze([...scopes]),
    actors: Object.freeze([]),
    expiresAt: Infinity,
    claims: Object.freeze(Object.create(null) as Record<string, unknown>),
  });
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
