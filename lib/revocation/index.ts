export { serializeEntry, isWide, readEntry, type RevocationEntry } from './rules/revocation-entry.js';
export type { RevocationEvent } from './revocation-event.interface.js';
export type { FeedAnswer, FeedNote, RevocationFeed } from './feed/revocation-feed.interface.js';
export { lifetimeOf } from './list/list-limits.js';
export { RevocationList } from './list/revocation-list.js';
export type { RevocationOptions, RevocationSetup } from './revocation-options.interface.js';
export { RevocationRuleError } from './rules/revocation-rule.error.js';
export {
  REVOCATION_KINDS,
  type HolderRevocation,
  type IssuerRevocation,
  type ListedRevocation,
  type RestoreTerms,
  type RevocationKind,
  type RevocationReceipt,
  type RevocationRule,
  type RevokedHolder,
  type TokenRevocation,
  type TotalRevocation,
} from './rules/revocation-rule.interface.js';
export { parseRevocationSettings, type TokenTerms } from './revocation-settings.js';
export type { RevocationStatus } from './revocation-status.interface.js';
export { Revocations } from './revocations.js';
export { restoreEntry, revokeEntry } from './rules/to-entry.js';
export { holderName, readSubject, tokenFacts } from './rules/token-facts.js';
export type { CallerRuleKind } from './rules/rule-for.js';
export { unknownIssuer, type UnknownIssuer } from './rules/unknown-issuer.js';
