import { Injectable } from '@nestjs/common';
import { Revocations } from 'nestjs-authz';
import { setting } from '../setting.js';
import { IdentityClient } from './identity-client.js';

/** The issuers of accepted tokens, and the token lifetime of each, in seconds. A rule is not needed for longer. */
const ISSUERS = [
  { issuer: setting('ISSUER'), tokenSeconds: 3600 },
  { issuer: 'billing-login', tokenSeconds: 90 * 86_400 }, // billing's old login
];

@Injectable()
export class SessionsService {
  constructor(
    private readonly identity: IdentityClient,
    private readonly revocations: Revocations,
  ) {}

  /**
   * Ends all sessions of a user. Starts at the identity provider: tokens issued after the revocation would be valid. If the provider is
   * unreachable, still revokes the issued tokens.
   */
  async end(user: string, endedBy: string): Promise<{ readonly user: string; readonly spread: boolean }> {
    const [there] = await Promise.allSettled([this.identity.endSessions(user)]);
    const spread = await this.revoke(user, endedBy);
    if (there.status === 'rejected') throw there.reason;
    return { user, spread };
  }

  /** @returns Whether the other services can read the rule: from this service, or from Redis if there is one. */
  private async revoke(user: string, by: string): Promise<boolean> {
    const now = Date.now() / 1000;
    const receipts = await Promise.all(
      ISSUERS.map(({ issuer, tokenSeconds }) =>
        this.revocations.revoke({
          kind: 'subject',
          issuer,
          value: user,
          expiresAt: now + tokenSeconds,
          by,
          reason: 'session ended',
        }),
      ),
    );
    const isReadFromHere = this.revocations.status().feed === undefined;
    return isReadFromHere || receipts.every(({ spread }) => spread);
  }
}
