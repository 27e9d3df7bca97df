import type { Logger } from '@nestjs/common';
import {
  Authenticator,
  IssuerDirectory,
  renewedVerifier,
  TOKEN_BUDGET_BYTES,
  type AuthenticationSettings,
} from '../../authentication/index.js';
import { keyLog } from '../logs/key-log.js';
import { lookupLog } from '../logs/lookup-log.js';

/** Creates the authenticator of an application. It logs the events of issuers and keys. */
export function createAuthenticator(
  settings: AuthenticationSettings,
  logger: Pick<Logger, 'debug' | 'log' | 'warn'>,
): Authenticator {
  const rolesLog = (issuer: string) =>
    lookupLog(logger, `The roles for tokens of ${issuer} cannot be looked up, so requests with these tokens get 503`);
  const verifierOf: ConstructorParameters<typeof IssuerDirectory>[2] = (settings, before) =>
    renewedVerifier(settings, before, keyLog(logger, settings.issuer), rolesLog(settings.issuer));
  const issuersLog = lookupLog(logger, 'The issuers cannot be looked up');
  const issuers = new IssuerDirectory(settings.issuers, settings.resolver, verifierOf, issuersLog);
  return new Authenticator(settings, issuers, (issuer, bytes, roles) =>
    logger.warn(
      `A token of ${issuer} has ${bytes} bytes with ${roles} roles, more than the ${TOKEN_BUDGET_BYTES} that leave space for other headers. ` +
        `See "Token size" in node_modules/nestjs-authz/lib/authentication/README.md.`,
    ),
  );
}
