/** Thrown for an invalid rule. The message names the member, the value received and what to write. */
export class RevocationRuleError extends Error {
  override readonly name = 'RevocationRuleError';
  /** Stable code. */
  readonly code = 'AUTHZ_REVOCATION_RULE';
}
