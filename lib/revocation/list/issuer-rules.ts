import type { RevocationEntry } from '../rules/revocation-entry.js';
import type { TokenFacts } from '../rules/token-facts.js';
import { TokenIdTable } from './token-id-table.js';

/** Kinds of rules about one holder of tokens, in the order in which they are listed. */
export const HOLDER_KINDS = ['session', 'subject', 'client', 'tenant'] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

/** The rules about one issuer. */
export interface IssuerRules {
  /** The rule about all tokens of the issuer. */
  all: RevocationEntry | undefined;
  readonly tokens: TokenIdTable;
  readonly holders: Readonly<Record<HolderKind, Map<string, RevocationEntry>>>;
  /**
   * Stand-ins: wider rules that replaced others at the limit, by subject; the one about the issuer has an empty key. They are kept apart from made
   * rules of the same name, so that restoring such a rule does not let these tokens pass, and they are not published as rules.
   */
  readonly standIns: Map<string, RevocationEntry>;
}

export function newIssuerRules(): IssuerRules {
  return {
    all: undefined,
    tokens: new TokenIdTable(),
    holders: { session: new Map(), subject: new Map(), client: new Map(), tenant: new Map() },
    standIns: new Map(),
  };
}

export function isEmpty({ all, tokens, holders, standIns }: IssuerRules): boolean {
  return all === undefined && tokens.size === 0 && standIns.size === 0 && HOLDER_KINDS.every((kind) => holders[kind].size === 0);
}

export function matchesHolder(facts: TokenFacts, holders: IssuerRules['holders']): boolean {
  for (const kind of HOLDER_KINDS) {
    const value = facts[kind];
    const held = holders[kind];
    if (value !== undefined && held.size > 0 && isRevokedBy(facts, held.get(value))) return true;
  }
  return false;
}

export function matchesStandIn(facts: TokenFacts, standIns: ReadonlyMap<string, RevocationEntry>): boolean {
  if (standIns.size === 0) return false;
  return isRevokedBy(facts, standIns.get('')) || (facts.subject !== undefined && isRevokedBy(facts, standIns.get(facts.subject)));
}

/** Whether a rule revokes a token. A token without `iat` may have been issued before any cut-off. */
export function isRevokedBy({ issuedAt }: TokenFacts, rule: RevocationEntry | undefined): boolean {
  return rule !== undefined && (issuedAt === undefined || issuedAt <= (rule.issuedUntil ?? Infinity));
}
