/** The part of `oidc-provider` that the sample uses. The package brings no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    /** Answers everything under the issuer's URL, except the pages of the application itself. */
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    readonly Grant: new (of: { readonly clientId: string; readonly accountId: string }) => Grant;
    readonly Session: { findByUid(uid: string): Promise<Session | undefined> };
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { readonly login: { readonly accountId: string; readonly ts: number } },
    ): Promise<void>;
  }

  /** A login under way, and what the client asked for. */
  interface Interaction {
    readonly uid: string;
    readonly params: { readonly max_age?: number };
  }

  /** What a user lets a client do. */
  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
    destroy(): Promise<void>;
  }

  /** A user who is logged in with a browser. */
  export interface Session {
    readonly accountId: string;
    /** Stays the same for as long as the session lasts. */
    readonly uid: string;
    destroy(): Promise<void>;
  }

  /** What the configuration's functions get of the request that is being answered. */
  export interface Context {
    readonly oidc: {
      readonly provider: Provider;
      readonly client: { readonly clientId: string };
      readonly session: Session;
      /** What the client brings for a token. */
      readonly entities: { readonly AuthorizationCode?: Authentication; readonly RefreshToken?: Authentication };
    };
  }

  interface Authentication {
    /** When the user logged in, in seconds since 1970. */
    readonly authTime: number;
  }

  /** A token that is about to be issued. */
  export interface Token {
    readonly clientId: string;
    /** Missing with client_credentials: nobody logged in. */
    readonly accountId?: string;
    readonly aud: string;
  }

  export const errors: { readonly InvalidTarget: new () => Error };
}
