import { shown, wrongValue } from '../../core/index.js';

/** URL of an issuer's discovery document (OpenID Connect Discovery section 4). A URL with credentials does not match: no message may show it. */
const DISCOVERY_URL = /^(https?:\/\/[^@]{1,2048})\/\.well-known\/openid-configuration\/?$/i;

/**
 * Rejects the URL of a discovery document in place of an issuer: no token has it in `iss`.
 *
 * @throws AuthzConfigError naming the issuer to write.
 */
export function refuseDiscoveryUrl(value: unknown, option: string): void {
  const issuer = typeof value === 'string' ? DISCOVERY_URL.exec(value)?.[1] : undefined;
  if (issuer === undefined) return;
  throw wrongValue(
    'AUTHZ_URL',
    option,
    'the issuer, not the URL of its discovery document',
    shown(value),
    `Write the member "issuer" of that document, such as ${shown(issuer)}.`,
  );
}
