import type { Grant, Provider, Session } from 'oidc-provider';

/** One login: the client's grant, and the session in the user's browser. */
interface Login {
  readonly grant: Grant;
  readonly session: Session;
}

/** Stores the logins of each user so that they can be ended. A real identity provider does this itself. */
export class Logins {
  private readonly byUser = new Map<string, Login[]>();

  remember(user: string, login: Login): void {
    this.byUser.set(user, [...(this.byUser.get(user) ?? []), login]);
  }

  /** Invalidates the user's refresh tokens, and makes the next login ask for the password. */
  async end(user: string, { Session }: Provider): Promise<void> {
    const logins = this.byUser.get(user) ?? [];
    this.byUser.delete(user);
    for (const { grant, session } of logins) {
      await grant.destroy(); // refresh tokens are invalid without their grant
      await (await Session.findByUid(session.uid))?.destroy();
    }
  }
}
