import type { Logger } from '@nestjs/common';
import { AuthzConfigError } from '../core/index.js';
import type { Revocations } from '../revocation/index.js';
import { isPublished } from './withdraw.js';

/**
 * The application's revocations, where rules can be made of what providers say.
 * @param module Who asks, for messages.
 * @throws AuthzConfigError
 */
export function revocationsInUse(revocations: Revocations | undefined, module: string): Revocations {
  if (revocations === undefined || !isOn(revocations))
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER_ALONE',
      `${module} needs AuthzModule.forRoot() with the option "revocation" in the same application: what it hears would withdraw nothing. ` +
        `Write revocation: { feed: redisRevocations({ client }) } there.`,
    );
  if (revocations.inUse().settings.maxTokenLifetimeSeconds === undefined)
    throw new AuthzConfigError(
      'AUTHZ_RECEIVER_LIFETIME',
      `${module} needs the option "maxTokenLifetimeSeconds" of AuthzModule: a provider does not say when the tokens end that it withdraws, ` +
        `so it would not be known how long to refuse them. Write the longest life of an access token, such as 3600.`,
    );
  return revocations;
}

/** Says so where other instances do not hear what is heard here, without anybody having chosen it. */
export function warnIfUnspread(revocations: Revocations, module: string, logger: Logger): void {
  const { feed } = revocations.inUse().settings;
  if (feed !== undefined && !isPublished(revocations))
    logger.warn(
      `${module}: the feed ${feed.name} only reads, so what a provider says to this instance holds in this instance alone. Mount it where rules are published.`,
    );
}

function isOn(revocations: Revocations): boolean {
  try {
    revocations.inUse();
    return true;
  } catch {
    return false;
  }
}
