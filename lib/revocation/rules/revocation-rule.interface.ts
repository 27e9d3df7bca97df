/** What a rule withdraws: one token by its id, or every token of somebody or something that was issued up to a moment. */
export const REVOCATION_KINDS = ['token', 'session', 'subject', 'client', 'tenant', 'issuer', 'everything'] as const;

/** What a rule is about: one token, or all that a session, a subject, a client, a tenant, an issuer or anybody was issued up to a moment. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

interface RuleTerms {
  /**
   * Whose tokens (`iss`). Default: the issuer of the options; where they name several, or a resolver, it has to be said.
   */
  readonly issuer?: string;
  /**
   * When the last token that the rule is about ends (`exp`), in seconds since 1970; the rule is kept so long. Default: `issuedUntil` and
   * `maxTokenLifetimeSeconds`, never earlier; where the options limit no token's life, it has to be said.
   */
  readonly expiresAt?: number;
  /** Who makes it. For people: in the list and in the log of every service, never in an answer. At most 200 characters. */
  readonly by?: string;
  /** Why. For people, as `by`. At most 200 characters. */
  readonly reason?: string;
}

interface CutOffTerms extends RuleTerms {
  /**
   * Tokens issued up to this moment (`iat`), in seconds since 1970, are refused; a token that does not say when it was issued is, too.
   * At most 5 minutes from now. Default: now.
   */
  readonly issuedUntil?: number;
}

/** One token, by its id. */
export interface TokenRevocation extends RuleTerms {
  readonly kind: 'token';
  /** Its `jti` (Entra ID: `uti`). */
  readonly value: string;
  /** Whom it speaks for, as rules of kind `subject` name it. Lets the list become coarser by subject, not by issuer, where it reaches its limit. */
  readonly subject?: string;
}

/** Everything that one caller, login, application or customer holds. */
export interface HolderRevocation extends CutOffTerms {
  readonly kind: 'session' | 'subject' | 'client' | 'tenant';
  /** The session's id (`sid`), the subject (`sub`), the client's id, the tenant. */
  readonly value: string;
  /** Of a session: whom all of its tokens speak for, as rules of kind `subject` name it. As with a token. */
  readonly subject?: string;
}

/** Every token of one issuer. */
export interface IssuerRevocation extends CutOffTerms {
  readonly kind: 'issuer';
}

/** Every token of everybody: the emergency stop. */
export interface TotalRevocation extends Omit<CutOffTerms, 'issuer'> {
  readonly kind: 'everything';
}

/** Withdraws tokens before they end. */
export type RevocationRule = TokenRevocation | HolderRevocation | IssuerRevocation | TotalRevocation;

/** Who takes a rule back, and why. For people, as in a rule. */
export interface RestoreTerms {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** Names a rule: what `restore()` takes back. */
export type RevokedHolder =
  | Pick<TokenRevocation | HolderRevocation, 'kind' | 'value' | 'issuer'>
  | Pick<IssuerRevocation, 'kind' | 'issuer'>
  | Pick<TotalRevocation, 'kind'>;

/** A rule in force, complete. */
export interface ListedRevocation {
  readonly kind: RevocationKind;
  /** `undefined`: of all issuers (`everything`). */
  readonly issuer: string | undefined;
  /** `undefined` with `issuer` and `everything`. */
  readonly value: string | undefined;
  /** In seconds since 1970; `undefined` with `token`. */
  readonly issuedUntil: number | undefined;
  /** In seconds since 1970. */
  readonly expiresAt: number;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

/** What became of a rule that was made here. */
export interface RevocationReceipt extends ListedRevocation {
  /**
   * Whether the feed has it, and with that every other instance. `false`: it is in force in this process alone; as long as there is a feed that
   * takes rules, it is told again until it succeeds.
   */
  readonly spread: boolean;
}
