/** A rule that cannot be made as it was given. The message names the member, what came and what to write. */
export class RevocationRuleError extends Error {
  override readonly name = 'RevocationRuleError';
  /** Stable code. */
  readonly code = 'AUTHZ_REVOCATION_RULE';
}
