import { ownClaim, principalFromClaims, readClaim, type Principal, type RefusalReason } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { checkClaims } from './check-claims.js';

/** The last step of every verification: the claims of a token whose signature is good, checked and turned into a principal. */
export function tokenPrincipal(claims: Claims, settings: IssuerSettings): Principal | RefusalReason {
  const reason = checkClaims(claims, settings, Date.now() / 1000);
  if (reason !== undefined) return reason;
  const { legacy, tokenPermissions } = settings;
  const subject = legacy?.subject ? translated(() => legacy.subject?.(claims)) : ownClaim(claims, 'sub');
  if (typeof subject !== 'string' || subject === '') return 'claims_invalid';
  const names = roles(claims, settings);
  if (names.some((name) => isOfAnother(name, settings))) return 'claims_invalid';
  return principalFromClaims(claims, {
    subject,
    roles: names,
    maxRoles: settings.maxRoles,
    tenant: settings.tenant,
    acceptUntil: legacy && legacy.acceptUntil / 1000,
    tokenPermissions: tokenPermissions && {
      combine: tokenPermissions.combine,
      names: readClaim(claims, tokenPermissions.claim),
    },
  });
}

function roles(claims: Claims, { readRoles, legacy }: IssuerSettings): readonly unknown[] {
  const names = readRoles(claims);
  const translate = legacy?.role;
  if (translate === undefined) return names;
  return names.map((name) => (typeof name === 'string' ? translated(() => translate(name)) : undefined));
}

/** Whether a role would be read as that of another issuer. To drop it alone could drop the one that denies. */
function isOfAnother(name: unknown, { reservedPrefixes = [] }: IssuerSettings): boolean {
  return typeof name === 'string' && reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

/** The application's function meets whatever a token holds; if it throws, there is no translation. */
function translated(translate: () => unknown): unknown {
  try {
    return translate();
  } catch {
    return undefined;
  }
}
