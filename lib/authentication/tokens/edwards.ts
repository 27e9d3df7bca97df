import type { KeyObject } from 'node:crypto';
import type { Principal, RefusalReason } from '../../core/index.js';
import type { IssuerSettings } from '../issuers/issuer-settings.js';
import { EDWARDS_ALGORITHMS } from '../keys/algorithms.js';
import type { TokenShape } from './token-shape.js';
import { tokenPrincipal, type RefusedClaim } from './token-principal.js';

/**
 * Verifies a token signed with Ed25519 (RFC 8037), which jsonwebtoken does not know, by jose; the checks before and after it are those of
 * the JWT strategy.
 */
export async function verifyEdwards(
  token: string,
  key: KeyObject,
  shape: TokenShape,
  settings: IssuerSettings,
): Promise<Principal | RefusalReason | RefusedClaim> {
  const { compactVerify } = await import('jose');
  try {
    await compactVerify(token, key, { algorithms: [...EDWARDS_ALGORITHMS] });
  } catch {
    return 'signature_invalid';
  }
  return tokenPrincipal(shape.claims, settings); // signed as they are, now that the signature is good
}
