import { AuthzConfigError, shown } from '../../../core/index.js';
import type { IssuerSettings } from '../options/issuer-settings.js';

type Prefixed = Pick<IssuerSettings, 'issuer' | 'rolePrefix'>;

/** Whether a role of one issuer could be read as a role of the other: `eu:admin` with the prefix `partner:`, and `admin` with `partner:eu:`. */
export function overlaps({ rolePrefix: a }: Prefixed, { rolePrefix: b }: Prefixed): boolean {
  return a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a));
}

/** Refuses two overlapping prefixes. @throws AuthzConfigError that names both. */
export function refuseOverlap(a: Prefixed, b: Prefixed): never {
  const written = ({ issuer, rolePrefix }: Prefixed) => `${shown(rolePrefix)} of ${shown(issuer)}`;
  throw new AuthzConfigError(
    'AUTHZ_ROLE_PREFIX',
    `"rolePrefix" ${written(a)} and ${written(b)} overlap: a role of one issuer could be read as a role of the other. Write prefixes of which none begins with another; where both issuers may give the same role, let one role of the mapping inherit the other.`,
  );
}

/**
 * Reserves the prefixes of each issuer: another issuer could send a role that begins with one.
 * @throws AuthzConfigError if prefixes overlap.
 */
export function apart(issuers: readonly IssuerSettings[]): readonly IssuerSettings[] {
  for (const [index, issuer] of issuers.entries())
    for (const other of issuers.slice(index + 1)) if (overlaps(issuer, other)) refuseOverlap(issuer, other);
  return issuers.map((issuer) => {
    const reservedPrefixes = issuers.filter(({ rolePrefix }) => rolePrefix !== '' && rolePrefix !== issuer.rolePrefix);
    return Object.freeze({ ...issuer, reservedPrefixes: reservedPrefixes.map(({ rolePrefix }) => rolePrefix) });
  });
}

/** Whether a role would be read as a role of another issuer. The token is then refused: dropping the role could drop the one that denies. */
export function isOfAnother(name: unknown, { reservedPrefixes = [] }: Pick<IssuerSettings, 'reservedPrefixes'>): boolean {
  return typeof name === 'string' && reservedPrefixes.some((prefix) => name.startsWith(prefix));
}
