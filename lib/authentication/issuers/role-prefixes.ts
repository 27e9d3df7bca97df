import { AuthzConfigError, shown } from '../../core/index.js';
import type { IssuerSettings } from './issuer-settings.js';

type Prefixed = Pick<IssuerSettings, 'issuer' | 'rolePrefix'>;

/** Whether a role of one issuer could be read as one of the other: `partner:` with the role `eu:admin`, and `partner:eu:` with `admin`. */
export function overlaps({ rolePrefix: a }: Prefixed, { rolePrefix: b }: Prefixed): boolean {
  return a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a));
}

/** @throws AuthzConfigError that names both. */
export function refuseOverlap(a: Prefixed, b: Prefixed): never {
  const written = ({ issuer, rolePrefix }: Prefixed) => `${shown(rolePrefix)} of ${shown(issuer)}`;
  throw new AuthzConfigError(
    'AUTHZ_ROLE_PREFIX',
    `"rolePrefix" ${written(a)} and ${written(b)} overlap: a role of one issuer could be read as a role of the other. Write prefixes of which none begins with another; where both issuers may give the same role, let one role of the mapping inherit the other.`,
  );
}

/**
 * Issuers that know which prefixes are the others': an issuer without a prefix could give a role that begins with one.
 * @throws AuthzConfigError where prefixes overlap.
 */
export function apart(issuers: readonly IssuerSettings[]): readonly IssuerSettings[] {
  for (const [index, issuer] of issuers.entries())
    for (const other of issuers.slice(index + 1)) if (overlaps(issuer, other)) refuseOverlap(issuer, other);
  return issuers.map((issuer) => {
    const reservedPrefixes = issuers.filter(({ rolePrefix }) => rolePrefix !== '' && rolePrefix !== issuer.rolePrefix);
    return Object.freeze({ ...issuer, reservedPrefixes: reservedPrefixes.map(({ rolePrefix }) => rolePrefix) });
  });
}

/** Whether a role would be read as that of another issuer. To drop it alone could drop the one that denies. */
export function isOfAnother(name: unknown, { reservedPrefixes = [] }: Pick<IssuerSettings, 'reservedPrefixes'>): boolean {
  return typeof name === 'string' && reservedPrefixes.some((prefix) => name.startsWith(prefix));
}
