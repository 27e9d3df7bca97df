import type { AuthenticationSettings } from '../../authentication/index.js';
import type { TokenTerms } from '../../revocation/index.js';

/** Returns issuers and lifetimes of tokens for revocations. With several issuers there is no default: a rule must name its issuer. */
export function tokenTerms({ issuers, resolver, limits }: AuthenticationSettings): TokenTerms {
  const names = issuers.map(({ issuer }) => issuer);
  const others = issuers.filter(({ maxTokenLifetimeSeconds }) => maxTokenLifetimeSeconds !== limits.maxTokenLifetimeSeconds);
  return {
    issuer: names.length === 1 ? names[0] : undefined,
    issuers: resolver === undefined ? names : undefined,
    lifetimes: new Map(others.map((each) => [each.issuer, each.maxTokenLifetimeSeconds])),
    ...limits,
  };
}
