import type { Logger } from '@nestjs/common';
import {
  Authenticator,
  IssuerDirectory,
  renewedVerifier,
  TOKEN_BUDGET_BYTES,
  type AuthenticationSettings,
} from '../authentication/index.js';
import { messageOf } from '../core/index.js';
import { keyLog } from './key-log.js';

/** The authenticator of an application, which says in its log what happens to the issuers and their keys. */
export function createAuthenticator(
  settings: AuthenticationSettings,
  logger: Pick<Logger, 'debug' | 'log' | 'warn'>,
): Authenticator {
  const verifierOf: ConstructorParameters<typeof IssuerDirectory>[2] = (issuer, before) =>
    renewedVerifier(issuer, before, keyLog(logger, issuer.issuer));
  const issuers = new IssuerDirectory(settings.issuers, settings.resolver, verifierOf, (error, leftOut) =>
    logger.warn(
      `The issuers cannot be looked up${leftOut === 0 ? '' : ` (and ${leftOut} times before this)`}: ${messageOf(error)}`,
    ),
  );
  return new Authenticator(settings, issuers, (issuer, bytes, roles) =>
    logger.warn(
      `A token of ${issuer} has ${bytes} bytes with ${roles} roles, more than the ${TOKEN_BUDGET_BYTES} that leave room for other headers. ` +
        `See "Token size" in the documentation of the room authentication.`,
    ),
  );
}
