import { shown, type ClaimUse, type RefusalReason, type UnreadableClaim } from '../../core/index.js';
import type { RepeatedWarnings } from './repeated-warnings.js';

/** Consequence of an unreadable claim, by its use. For any other use the token is refused. */
const CONSEQUENCES: Partial<Record<ClaimUse, string>> = {
  roles: 'The caller has no roles and no permissions from any source.',
  permissions: 'The caller has no permissions from any source.',
  scopes: 'The caller has no scopes.',
};

/** Warns of claims that cannot be read, once in ten minutes for each issuer and use: a caller can vary neither. */
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
