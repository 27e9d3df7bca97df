import type { Credentials, RequestFacts } from '../../../authentication/index.js';
import type { CallState } from '../../../authorization/index.js';

/** The caller of a socket, as the guard needs it. */
export interface Caller {
  /** Returns the current token. @param dpop Whether the scheme DPoP is accepted beside Bearer. */
  credentials(dpop: boolean): Credentials;
  facts(): RequestFacts;
  /** Returns a header of the handshake. @param name In lower case. */
  header(name: string): string | undefined;
  /** Called with the verified caller of each admitted call. */
  admit(state: CallState): void;
}
