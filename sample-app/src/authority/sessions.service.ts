import { Injectable } from '@nestjs/common';
import { Revocations } from 'nestjs-authz';
import { setting } from '../setting.js';
import { IdentityClient } from './identity-client.js';

/** Whose tokens are out there, and how long they live, in seconds: no rule about them is needed for longer. */
const ISSUERS = [
  { issuer: setting('ISSUER'), tokenSeconds: 3600 },
  { issuer: 'billing-login', tokenSeconds: 90 * 86_400 }, // the login that billing leaves behind
];

@Injectable()
export class SessionsService {
  constructor(
    private readonly identity: IdentityClient,
    private readonly revocations: Revocations,
  ) {}

  /**
   * Ends everything that a user is logged in by. At the identity provider first: what it issued after the cut-off would be good. While it does
   * not answer, what it issued before is withdrawn all the same.
   */
  async end(user: string, endedBy: string): Promise<{ readonly user: string; readonly spread: boolean }> {
    const [there] = await Promise.allSettled([this.identity.endSessions(user)]);
    const spread = await this.withdraw(user, endedBy);
    if (there.status === 'rejected') throw there.reason;
    return { user, spread };
  }

  /** @returns Whether every other service can hear of it: they read it from here, or from Redis where there is one. */
  private async withdraw(user: string, by: string): Promise<boolean> {
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
