import type { ListedRevocation, RevocationKind } from './rules/revocation-rule.interface.js';
import type { UnknownIssuer } from './rules/unknown-issuer.js';

/** What happened to the rules. */
export type RevocationEvent =
  /** A rule is in force now that was not before. */
  | {
      readonly kind: 'revoked';
      readonly rule: ListedRevocation;
      readonly isOurs: boolean;
      /** No token of its issuer is accepted here. */
      readonly unknownIssuer?: UnknownIssuer | undefined;
    }
  /** A rule was taken back. */
  | {
      readonly kind: 'restored';
      readonly rule: {
        readonly kind: RevocationKind;
        readonly issuer: string | undefined;
        readonly value: string | undefined;
        readonly by?: string | undefined;
        readonly reason?: string | undefined;
      };
      readonly isOurs: boolean;
    }
  /** The feed could not be read, or did not take what was made here. */
  | { readonly kind: 'failed'; readonly feed: string; readonly error: unknown; readonly repeated: boolean }
  | { readonly kind: 'recovered'; readonly feed: string }
  /** The feed was not heard for longer than it should, or what it says is older than it should be. */
  | {
      readonly kind: 'stale';
      readonly feed: string;
      readonly onStale: 'serve' | 'deny' | 'require-fresh-token';
      /** Up to when the feed is known to have been complete, in milliseconds since 1970; -Infinity: never. */
      readonly asOf: number;
    }
  /** Something came that is no rule. */
  | { readonly kind: 'skipped'; readonly from: string; readonly count: number; readonly fault: string }
  /** The limit was reached: these rules gave way to wider ones. */
  | {
      readonly kind: 'coarsened';
      readonly issuer: string;
      readonly replaced: number;
      readonly by: 'subject' | 'issuer';
      /** What stands in for them: how many rules, and up to which cut-off, in seconds since 1970. */
      readonly added: number;
      readonly issuedUntil: number;
    }
  /** The feed did not have rules that are known here, and is told them again. */
  | { readonly kind: 'retold'; readonly feed: string; readonly count: number }
  /** Something went wrong without keeping rules from coming. */
  | { readonly kind: 'problem'; readonly message: string };
