import type { Credentials, RequestFacts } from '../../../authentication/index.js';
import type { CallState } from '../../../authorization/index.js';

/** Who is behind a socket, as the gate needs to know it. */
export interface Caller {
  /** The token in force. @param dpop Whether the scheme DPoP is accepted beside Bearer. */
  credentials(dpop: boolean): Credentials;
  facts(): RequestFacts;
  /** A header of the handshake. @param name In lower case. */
  header(name: string): string | undefined;
  /** Told what was found out about the caller, with each call let in. */
  admit(state: CallState): void;
}
