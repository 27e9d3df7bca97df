import { AuthzConfigError } from '../../core/index.js';
import { AuthzLogger } from '../authz-logger.js';

const logger = new AuthzLogger('Authz');

/**
 * Returns whether code failed because it used `Authz` after its call was over, and logs that. If nothing awaits the code, such an error must not
 * reach Nest or RxJS: it would end the process, and a client could cause it by disconnecting.
 */
export function askedTooLate(error: unknown): boolean {
  if (!(error instanceof AuthzConfigError) || error.code !== 'AUTHZ_CALL_OVER') return false;
  logger.warn(`Code that a call started failed after the call was over: ${error.message}`);
  return true;
}
