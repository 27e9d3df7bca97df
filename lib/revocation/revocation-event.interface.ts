import type { ListedRevocation, RevocationKind } from './rules/revocation-rule.interface.js';
import type { UnknownIssuer } from './rules/unknown-issuer.js';

/** Something that happened to the rules. */
export type RevocationEvent =
  /** A rule came into force. */
  | {
      readonly kind: 'revoked';
      readonly rule: ListedRevocation;
      readonly isOurs: boolean;
      /** Set if no token of the rule's issuer is accepted here. */
      readonly unknownIssuer?: UnknownIssuer | undefined;
    }
  /** A rule was removed. */
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
  /** The feed could not be read, or did not accept an entry made here. */
  | { readonly kind: 'failed'; readonly feed: string; readonly error: unknown; readonly repeated: boolean }
  | { readonly kind: 'recovered'; readonly feed: string }
  /** The feed was unreachable for longer than `maxStalenessSeconds`, or its content is older than that. */
  | {
      readonly kind: 'stale';
      readonly feed: string;
      readonly onStale: 'serve' | 'deny' | 'require-fresh-token';
      /** Moment up to which the feed is known to have been complete, in milliseconds since 1970; -Infinity: never. */
      readonly asOf: number;
    }
  /** Invalid entries arrived. */
  | { readonly kind: 'skipped'; readonly from: string; readonly count: number; readonly fault: string }
  /** The limit `maxEntries` was reached: these rules were replaced by wider ones. */
  | {
      readonly kind: 'coarsened';
      readonly issuer: string;
      readonly replaced: number;
      readonly by: 'subject' | 'issuer';
      /** Number of wider rules; `issuedUntil` is their latest cut-off, in seconds since 1970. */
      readonly added: number;
      readonly issuedUntil: number;
    }
  /** The feed had lost rules that this process has; they are published again. */
  | { readonly kind: 'retold'; readonly feed: string; readonly count: number }
  /** A problem that does not keep rules from arriving. */
  | { readonly kind: 'problem'; readonly message: string };
