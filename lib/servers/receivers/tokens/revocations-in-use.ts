import type { Logger } from '@nestjs/common';
import type { AuthenticationSettings } from '../../../authentication/index.js';
import { AuthzConfigError, shown } from '../../../core/index.js';
import { lifetimeOf, type Revocations } from '../../../revocation/index.js';
import { isPublished } from './revoke-tokens.js';

/** What a receiver needs of the application; each `undefined` without AuthzModule. */
export interface ReceiverHost {
  readonly revocations: Revocations | undefined;
  readonly trusted: Pick<AuthenticationSettings, 'issuers' | 'resolver'> | undefined;
}

/** A receiver, and the issuer of the tokens that it revokes. */
export interface ReceiverTarget {
  /** For messages. */
  readonly module: string;
  /** Issuer of the access tokens that are revoked. */
  readonly issuer: string;
  /** The option that names the issuer. */
  readonly option: 'issuer' | 'tokenIssuer';
}

/**
 * Returns the application's revocations, if rules about the issuer can be made and have an effect.
 * @throws AuthzConfigError
 */
export function revocationsInUse({ revocations, trusted }: ReceiverHost, target: ReceiverTarget): Revocations {
  const { module, issuer } = target;
  if (revocations?.origin === undefined)
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER_ALONE',
      `${module} needs AuthzModule.forRoot() with the option "revocation" in the same application: without it, nothing can be revoked. ` +
        `Write revocation: { feed: redisRevocations({ client }) } there.`,
    );
  if (trusted !== undefined) checkTrusted(trusted, target);
  if (lifetimeOf(revocations.inUse().settings, issuer) === undefined)
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER_LIFETIME',
      `${module} needs the option "maxTokenLifetimeSeconds" of AuthzModule, or of its issuer ${shown(issuer)}: a provider does not say when ` +
        `the revoked tokens expire, so the time to keep the rule would be unknown. Write the longest lifetime of an access token in seconds, such as 3600.`,
    );
  return revocations;
}

/** Rules about tokens that AuthzModule does not accept would be acknowledged without effect. */
function checkTrusted(
  { issuers, resolver }: NonNullable<ReceiverHost['trusted']>,
  { module, issuer, option }: ReceiverTarget,
): void {
  if (resolver !== undefined || issuers.some((trusted) => trusted.issuer === issuer)) return;
  const names = issuers.map((trusted) => shown(trusted.issuer)).join(', ');
  throw new AuthzConfigError(
    'AUTHZ_RECEIVER_ISSUER',
    `${module} would revoke tokens of ${shown(issuer)}, by its option "${option}", but AuthzModule accepts no tokens of that issuer, so it ` +
      `would have no effect. ` +
      (option === 'issuer' && module === 'BackChannelLogoutModule'
        ? `Write "issuer" as in AuthzModule: ${names}.`
        : `Write "tokenIssuer", the issuer of the access tokens, as in AuthzModule: ${names}.`),
  );
}

/** Warns if rules made here do not reach other instances although there is a feed. */
export function warnIfNotShared(revocations: Revocations, module: string, logger: Logger): void {
  const { feed } = revocations.inUse().settings;
  if (feed !== undefined && !isPublished(revocations))
    logger.warn(
      `${module}: the feed ${feed.name} is read-only, so what this instance revokes stays revoked in this instance only. Use the module in a service that publishes rules.`,
    );
}
