import { principalFromClaims, shown, type DecisionFacts, type Principal } from '../../core/index.js';
import { CliError } from '../cli.error.js';

/** What a user assumes about a call, to see the decision about it. */
export interface AssumedCall {
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
  /** Default: the claim `sub`. */
  readonly subject: string | undefined;
  /** Claims of the token, not verified. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** The resource in question; `undefined`: none. */
  readonly resource: Readonly<Record<string, unknown>> | undefined;
  /** What the call brings, for conditions over `context`. */
  readonly context: Readonly<Record<string, unknown>> | undefined;
  /** Value of `context.now`, and the time for step-up authentication, in milliseconds since 1970. Default: now. */
  readonly now: number | undefined;
}

/** Whether anything is assumed besides roles and tenant, so that conditions can be decided. */
export function isDecidable({ subject, claims, resource, context, now }: AssumedCall): boolean {
  return [subject, claims, resource, context, now].some((given) => given !== undefined);
}

/** Returns the caller. @throws CliError if the subject is stated twice, or if a claim cannot be read. */
export function assumedPrincipal({ roles, tenant, subject, claims = {} }: AssumedCall): Principal {
  const { sub } = claims;
  if (subject !== undefined && sub !== undefined && sub !== subject)
    throw new CliError(`The subject is ${shown(subject)}, but the claim "sub" is ${shown(sub)}. Write one of them.`);
  const copy: Record<string, unknown> = structuredClone(claims); // is frozen below
  const principal = principalFromClaims(copy, {
    issuer: typeof copy['iss'] === 'string' ? copy['iss'] : '',
    subject: subject ?? (typeof sub === 'string' ? sub : ''),
    roles: [],
    maxRoles: 0,
    tenant: undefined,
    tokenPermissions: undefined,
  });
  const [unreadable] = principal.unreadable ?? [];
  if (unreadable !== undefined)
    throw new CliError(`The claim ${shown(unreadable.claim)} cannot be read: it is ${unreadable.found}. ${unreadable.advice}`);
  return Object.freeze({ ...principal, roles: [...new Set(roles)], tenant, expiresAt: Infinity });
}

/** Returns what the decision depends on besides the caller. */
export function assumedFacts({ resource, context, now = Date.now() }: AssumedCall): DecisionFacts {
  return { nowSeconds: now / 1000, resource, context: context && (() => context) };
}
