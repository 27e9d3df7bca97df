import type { KeyObject } from 'node:crypto';
import type { RoleLookupSettings } from '../claims/role-lookup.js';

/** The settings of `legacyIssuer()`. */
export interface LegacySettings {
  readonly key: KeyObject;
  /** Whether the secret is shorter than RFC 7518 section 3.2 requires, by explicit choice. */
  readonly hasShortSecret: boolean;
  readonly algorithms: readonly string[];
  /** Whether the tokens have no `iss`. If so, tokens with `iss` are not accepted. */
  readonly withoutIss: boolean;
  /** End of acceptance, in milliseconds since 1970. */
  readonly acceptUntil: number;
  /** Translates one role; `undefined` drops it. */
  readonly role: ((name: string) => string | undefined) | undefined;
  /** Finds the roles outside the token. `undefined`: the token contains the roles. */
  readonly lookup: RoleLookupSettings | undefined;
}
