import type { InjectionToken, Provider } from '@nestjs/common';
import {
  AUTHENTICATION_SETTINGS,
  Authenticator,
  parseAuthenticationSettings,
  Possession,
  TokenSources,
  type AuthenticationSettings,
} from '../../authentication/index.js';
import { AuthzLogger } from '../authz-logger.js';
import { RepeatedWarnings } from '../logs/repeated-warnings.js';
import { createAuthenticator } from './create-authenticator.js';

/** Providers for reading and verifying tokens. @param options Injection token of the checked options. */
export function authenticationProviders(options: InjectionToken): Provider[] {
  return [
    { provide: AUTHENTICATION_SETTINGS, useFactory: parseAuthenticationSettings, inject: [options] },
    { provide: TokenSources, useFactory: createTokenSources, inject: [AUTHENTICATION_SETTINGS, RepeatedWarnings] },
    {
      provide: Authenticator,
      useFactory: (settings: AuthenticationSettings) => createAuthenticator(settings, new AuthzLogger('Authz')),
      inject: [AUTHENTICATION_SETTINGS],
    },
    { provide: Possession, useFactory: createPossession, inject: [AUTHENTICATION_SETTINGS] },
  ];
}

function createTokenSources({ tokenFrom }: AuthenticationSettings, warnings: RepeatedWarnings): TokenSources {
  return new TokenSources(tokenFrom, (line, kind) => warnings.warn(line, kind));
}

function createPossession({ dpop, protectedResource }: AuthenticationSettings): Possession {
  return new Possession(dpop, protectedResource?.resource);
}
