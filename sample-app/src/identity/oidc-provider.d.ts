/** The part of `oidc-provider` that the sample uses. The package has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    /** Handles all requests under the issuer's URL, except the application's own pages. */
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

  /** A login in progress, with the parameters of the client's request. */
  interface Interaction {
    readonly uid: string;
    readonly params: { readonly max_age?: number };
  }

  /** Permissions that a user gave to a client. */
  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
    destroy(): Promise<void>;
  }

  /** A user's login in a browser. */
  export interface Session {
    readonly accountId: string;
    /** Constant for the whole session. */
    readonly uid: string;
    destroy(): Promise<void>;
  }

  /** The current request, as passed to functions of the configuration. */
  export interface Context {
    readonly oidc: {
      readonly provider: Provider;
      readonly client: { readonly clientId: string };
      readonly session: Session;
      /** The code or refresh token that the client sent. */
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
    /** Missing for client_credentials, which has no user. */
    readonly accountId?: string;
    readonly aud: string;
  }

  export const errors: { readonly InvalidTarget: new () => Error };
}
