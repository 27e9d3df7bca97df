import type { Credentials, RequestFacts } from '../../../authentication/index.js';
import type { Caller } from './caller.js';

/**
 * A token that came by message, to be judged before it takes the place of the one in force. It came as a bearer token: a proof for it could
 * not come along (RFC 9449), so one that is bound by DPoP is refused; the certificate of the connection is known.
 */
export class Renewal implements Caller {
  constructor(
    private readonly client: Caller,
    readonly token: string,
  ) {}

  credentials(): Credentials {
    return { kind: 'token', token: this.token, scheme: 'bearer' };
  }

  facts(): RequestFacts {
    return this.client.facts();
  }

  header(name: string): string | undefined {
    return this.client.header(name);
  }

  admit(): void {
    // Only once it has taken its place.
  }
}
