/** The kinds of rules: `token` revokes one token by its id; every other kind revokes all tokens of its holder issued up to a moment. */
export const REVOCATION_KINDS = ['token', 'session', 'subject', 'client', 'tenant', 'issuer', 'everything'] as const;

/** What a rule is about: one token, or all tokens of a session, subject, client, tenant or issuer, or all tokens, issued up to a moment. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

interface RuleTerms {
  /**
   * Issuer (`iss`) of the tokens. Default: the issuer in the options. Required if the options have several issuers or a resolver.
   */
  readonly issuer?: string;
  /**
   * When the last affected token expires (`exp`), in seconds since 1970; the rule is kept until then. Default: `issuedUntil` plus
   * `maxTokenLifetimeSeconds`, which is also the minimum. Required if the options do not limit the lifetime of tokens.
   */
  readonly expiresAt?: number;
  /**
   * Name of the person or program that makes the rule. Appears in the list and in the log of every service, never in a response. At most 200
   * characters.
   */
  readonly by?: string;
  /** Why the rule is made; appears where `by` does. At most 200 characters. */
  readonly reason?: string;
}

interface CutOffTerms extends RuleTerms {
  /**
   * Cut-off, in seconds since 1970: tokens issued (`iat`) up to it are refused, and so are tokens without `iat`. At most 5 minutes from now.
   * Default: now.
   */
  readonly issuedUntil?: number;
}

/** Revokes one token, by its id. */
export interface TokenRevocation extends RuleTerms {
  readonly kind: 'token';
  /** The token's `jti` (Entra ID: `uti`). */
  readonly value: string;
  /**
   * The token's subject, as rules of kind `subject` name it. At the limit, this rule can then be replaced by one about the subject instead of the
   * issuer.
   */
  readonly subject?: string;
}

/** Revokes all tokens of one session, subject, client or tenant. */
export interface HolderRevocation extends CutOffTerms {
  readonly kind: 'session' | 'subject' | 'client' | 'tenant';
  /** The session id (`sid`), the subject (`sub`), the client id, or the tenant. */
  readonly value: string;
  /** For a session: the subject of its tokens, as with a token. */
  readonly subject?: string;
}

/** Revokes every token of one issuer. */
export interface IssuerRevocation extends CutOffTerms {
  readonly kind: 'issuer';
}

/** Revokes every token of every issuer: the emergency stop. */
export interface TotalRevocation extends Omit<CutOffTerms, 'issuer'> {
  readonly kind: 'everything';
}

/** A rule that revokes tokens before they expire. */
export type RevocationRule = TokenRevocation | HolderRevocation | IssuerRevocation | TotalRevocation;

/** Who removes a rule (`by`), and why. */
export interface RestoreTerms {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** Names the rule that `restore()` removes. */
export type RevokedHolder =
  | Pick<TokenRevocation | HolderRevocation, 'kind' | 'value' | 'issuer'>
  | Pick<IssuerRevocation, 'kind' | 'issuer'>
  | Pick<TotalRevocation, 'kind'>;

/** A rule in force, complete. */
export interface ListedRevocation {
  readonly kind: RevocationKind;
  /** `undefined` for all issuers (`everything`). */
  readonly issuer: string | undefined;
  /** `undefined` with `issuer` and `everything`. */
  readonly value: string | undefined;
  /** Seconds since 1970; `undefined` with `token`. */
  readonly issuedUntil: number | undefined;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

/** The rule that was made, and whether it was shared. */
export interface RevocationReceipt extends ListedRevocation {
  /**
   * Whether the feed has the rule, so that every other instance gets it. `false`: the rule is in force in this process only. If the feed accepts
   * rules, publishing is repeated until it succeeds.
   */
  readonly spread: boolean;
}
