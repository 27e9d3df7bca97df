import { BadGatewayException, Injectable, NotFoundException } from '@nestjs/common';
import { setting } from '../setting.js';

/** Client of the identity provider's API that ends sessions. Your provider has one as well; docs/revocation.md lists some. */
@Injectable()
export class IdentityClient {
  private readonly url = setting('ISSUER');
  private readonly credentials = btoa(`authority:${setting('CLIENT_SECRET')}`);

  /** Revokes the user's refresh tokens, and makes the next login ask for the password. */
  async endSessions(user: string): Promise<void> {
    const response = await fetch(`${this.url}/users/${encodeURIComponent(user)}/sessions`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${this.credentials}` },
      signal: AbortSignal.timeout(2000),
    }).catch((cause: unknown) => {
      throw new BadGatewayException('The identity provider is unreachable', { cause });
    });
    if (response.status === 404) throw new NotFoundException(`There is no user ${user}`);
    if (!response.ok) throw new BadGatewayException(`The identity provider returned ${response.status}`);
  }
}
