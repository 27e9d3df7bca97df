import { principalFromClaims, readClaim, type Principal, type RefusalReason } from '../../core/index.js';
import type { Claims } from '../issuers/issuer-options.interface.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { ownSubject } from '../issuers/subject-reader.js';
import { checkClaims } from './check-claims.js';

/** The last step of every verification: the claims of a token whose signature is good, checked and turned into a principal. */
export function tokenPrincipal(claims: Claims, settings: IssuerSettings): Principal | RefusalReason {
  const reason = checkClaims(claims, settings, Date.now() / 1000);
  if (reason !== undefined) return reason;
  const { legacy, tokenPermissions } = settings;
  const subject = settings.subject ? settings.subject.read(claims) : ownSubject(claims, legacy !== undefined);
  if (subject === undefined) return 'claims_invalid';
  return principalFromClaims(claims, {
    issuer: settings.issuer,
    subject,
    roles: roles(claims, settings),
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
  if (legacy?.lookup !== undefined) return []; // until they are looked up
  const names = readRoles(claims);
  const translate = legacy?.role;
  if (translate === undefined) return names;
  return names.map((name) => (typeof name === 'string' ? translated(() => translate(name)) : undefined));
}

/** The application's function meets whatever a token holds; if it throws, there is no translation. */
function translated(translate: () => unknown): unknown {
  try {
    return translate();
  } catch {
    return undefined;
  }
}
