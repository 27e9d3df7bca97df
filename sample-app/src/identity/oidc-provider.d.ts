/** The part of `oidc-provider` that the sample uses. The package brings no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    /** Answers everything under the issuer's URL, except the pages of the application itself. */
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    readonly Grant: new (of: { readonly clientId: string; readonly accountId: string }) => Grant;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<{ readonly uid: string }>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { readonly login: { readonly accountId: string } },
    ): Promise<void>;
  }

  /** What a user lets a client do. */
  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  /** What the configuration's functions get of the request that is being answered. */
  export interface Context {
    readonly oidc: {
      readonly provider: Provider;
      readonly client: { readonly clientId: string };
      readonly session: { readonly accountId: string };
    };
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
