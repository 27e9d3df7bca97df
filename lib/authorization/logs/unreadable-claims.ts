import { shown, type ClaimUse, type RefusalReason, type UnreadableClaim } from '../../core/index.js';
import type { RepeatedWarnings } from './repeated-warnings.js';

/** What comes of a claim that decisions depend on. Of any other the token is refused. */
const CONSEQUENCES: Partial<Record<ClaimUse, string>> = {
  roles: 'The caller has no roles and no permissions from any source.',
  permissions: 'The caller has no permissions from any source.',
  scopes: 'The caller has no scopes.',
};

/** Warns of claims that cannot be read, once in a while for each issuer and use: the caller cannot vary either. */
export function warnUnreadable(
  warnings: RepeatedWarnings,
  issuer: string,
  unreadable: readonly UnreadableClaim[],
  reason: RefusalReason = 'claim_unreadable',
): void {
  for (const { use, claim, found, advice } of unreadable) {
    const consequence = CONSEQUENCES[use] ?? `The token is refused (${reason}).`;
    warnings.warn(
      `Cannot read the ${use} in a token of ${shown(issuer)}: the claim ${shown(claim)} is ${found}. ${consequence} ${advice}`,
      `unreadable ${use} of ${issuer}`,
    );
  }
}
