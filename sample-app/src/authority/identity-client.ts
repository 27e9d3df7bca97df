import { BadGatewayException, Injectable, NotFoundException } from '@nestjs/common';
import { setting } from '../setting.js';

/** The part of the identity provider's own API that ends sessions. Yours has one as well; docs/revocation.md names some. */
@Injectable()
export class IdentityClient {
  private readonly url = setting('ISSUER');
  private readonly credentials = btoa(`authority:${setting('CLIENT_SECRET')}`);

  /** From now on the user's refresh tokens are refused, and the next login asks for the password. */
  async endSessions(user: string): Promise<void> {
    const response = await fetch(`${this.url}/users/${encodeURIComponent(user)}/sessions`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${this.credentials}` },
      signal: AbortSignal.timeout(2000),
    }).catch((cause: unknown) => {
      throw new BadGatewayException('The identity provider does not answer', { cause });
    });
    if (response.status === 404) throw new NotFoundException(`There is no user ${user}`);
    if (!response.ok) throw new BadGatewayException(`The identity provider answered ${response.status}`);
  }
}
