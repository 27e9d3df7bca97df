import { AuthzConfigError } from '../../core/index.js';
import { AuthzLogger } from '../authz-logger.js';

const logger = new AuthzLogger('Authz');

/**
 * Returns whether code failed because it asked `Authz` after the end of its call, and logs it. No such error may reach Nest or RxJS where
 * nothing awaits the code: the process would end, and a client chooses the moment by leaving.
 */
export function askedTooLate(error: unknown): boolean {
  if (!(error instanceof AuthzConfigError) || error.code !== 'AUTHZ_CALL_OVER') return false;
  logger.warn(`Code that a call had begun failed after the call was over: ${error.message}`);
  return true;
}
