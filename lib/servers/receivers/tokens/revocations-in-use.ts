import type { Logger } from '@nestjs/common';
import type { AuthenticationSettings } from '../../../authentication/index.js';
import { AuthzConfigError, shown } from '../../../core/index.js';
import { lifetimeOf, type Revocations } from '../../../revocation/index.js';
import { isPublished } from './withdraw.js';

/** What a receiver needs of the application: each `undefined` where it has no AuthzModule. */
export interface ReceiverHost {
  readonly revocations: Revocations | undefined;
  readonly trusted: Pick<AuthenticationSettings, 'issuers' | 'resolver'> | undefined;
}

/** Who asks, and about whose tokens rules will be made. */
export interface ReceiverTarget {
  /** For messages. */
  readonly module: string;
  /** The issuer of the access tokens that are withdrawn. */
  readonly issuer: string;
  /** The option that names it, and the one to name another by. */
  readonly option: 'issuer' | 'tokenIssuer';
}

/**
 * The application's revocations, where rules can be made of what providers say.
 * @throws AuthzConfigError
 */
export function revocationsInUse({ revocations, trusted }: ReceiverHost, target: ReceiverTarget): Revocations {
  const { module, issuer } = target;
  if (revocations?.origin === undefined)
    throw new AuthzConfigError(
      'AUTHZ_REVOCATION_OFF',
      `${module} needs AuthzModule.forRoot() with the option "revocation" in the same application: what it hears would withdraw nothing. ` +
        `Write revocation: { feed: redisRevocations({ client }) } there.`,
    );
  if (trusted !== undefined) checkTrusted(trusted, target);
  if (lifetimeOf(revocations.inUse().settings, issuer) === undefined)
    throw new AuthzConfigError(
      'AUTHZ_OPTION_MISSING',
      `${module} needs the option "maxTokenLifetimeSeconds" of AuthzModule, or of its issuer ${shown(issuer)}: a provider does not say when the ` +
        `tokens end that it withdraws, so it would not be known how long to refuse them. Write the longest life of an access token, such as 3600.`,
    );
  return revocations;
}

/** Rules about tokens that nobody accepts would be acknowledged, and withdraw nothing. */
function checkTrusted(
  { issuers, resolver }: NonNullable<ReceiverHost['trusted']>,
  { module, issuer, option }: ReceiverTarget,
): void {
  if (resolver !== undefined || issuers.some((trusted) => trusted.issuer === issuer)) return;
  const names = issuers.map((trusted) => shown(trusted.issuer)).join(', ');
  throw new AuthzConfigError(
    'AUTHZ_RECEIVER_ISSUER',
    `${module} would withdraw tokens of ${shown(issuer)}, by its option "${option}", but AuthzModule accepts none of that issuer, so what it hears ` +
      `would withdraw nothing. ` +
      (option === 'issuer' && module === 'BackChannelLogoutModule'
        ? `Write "issuer" as AuthzModule has it: ${names}.`
        : `Write "tokenIssuer", whose access tokens are meant, as AuthzModule has it: ${names}.`),
  );
}

/** Says so where other instances do not hear what is heard here, without anybody having chosen it. */
export function warnIfUnspread(revocations: Revocations, module: string, logger: Logger): void {
  const { feed } = revocations.inUse().settings;
  if (feed !== undefined && !isPublished(revocations))
    logger.warn(
      `${module}: the feed ${feed.name} only reads, so what a provider says to this instance holds in this instance alone. Mount it where rules are published.`,
    );
}
