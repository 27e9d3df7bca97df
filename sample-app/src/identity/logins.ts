import type { Grant, Provider, Session } from 'oidc-provider';

/** One login: what the user let a client do, and the session in the user's browser. */
interface Login {
  readonly grant: Grant;
  readonly session: Session;
}

/** Who is logged in, so that it can be ended. A real identity provider knows that by itself. */
export class Logins {
  private readonly byUser = new Map<string, Login[]>();

  remember(user: string, login: Login): void {
    this.byUser.set(user, [...(this.byUser.get(user) ?? []), login]);
  }

  /** No refresh token of the user works any more, and the next login asks for the password. */
  async end(user: string, { Session }: Provider): Promise<void> {
    const logins = this.byUser.get(user) ?? [];
    this.byUser.delete(user);
    for (const { grant, session } of logins) {
      await grant.destroy(); // what every refresh token refers to
      await (await Session.findByUid(session.uid))?.destroy();
    }
  }
}
