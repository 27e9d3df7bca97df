import { clientOptions, clientSettings, type ClientSettings } from './client-settings.js';
import { KeptToken, type TokenInUse } from './kept-token.js';
import { TokenEndpoint } from './token-endpoint.js';
import { PURPOSE_MEMBERS, tokenPurpose } from './token-purpose.js';

/** The options of a service's own token, checked and complete. */
export interface ServiceTokenSettings {
  readonly client: ClientSettings;
  /** Parameters of the token request: `audience`, `resource`, `scope`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads and checks the options of this service's own token. @param path Name of the option in messages. @throws AuthzConfigError without the secret or the key. */
export function serviceTokenSettings(value: unknown, path: string): ServiceTokenSettings {
  const given = clientOptions(value, path, PURPOSE_MEMBERS);
  return { client: clientSettings(given, path), parameters: tokenPurpose(given, path) };
}

/** Requests this service's own token at first use, caches it, and renews it before it expires. */
export class ServiceToken {
  private readonly kept = new KeptToken({ endsAt: Infinity, endsWhenRefused: false });
  private readonly endpoint: TokenEndpoint;

  constructor(private readonly settings: ServiceTokenSettings) {
    this.endpoint = new TokenEndpoint(settings.client);
  }

  /** Returns the token with a function to drop it if the target rejects it. @throws TokenRequestError if no token is available. */
  use(): Promise<TokenInUse> {
    return this.kept.use(() => this.endpoint.request({ grant_type: 'client_credentials', ...this.settings.parameters }));
  }
}
