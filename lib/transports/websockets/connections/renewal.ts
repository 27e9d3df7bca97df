import type { Credentials, RequestFacts } from '../../../authentication/index.js';
import type { Caller } from './caller.js';

/**
 * A token received by message, before it replaces the current token. It counts as a bearer token: a message has no place for a DPoP proof (RFC 9449),
 * so a token bound by DPoP is refused. The client certificate of the connection still counts.
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
    // The connection adopts the token only after all checks.
  }
}
