import { AuthzLogger } from '../authorization/index.js';
import { AuthzConfigError } from '../core/index.js';

const logger = new AuthzLogger('Authz');

/**
 * Returns whether a handler of gRPC failed because it asked `Authz` after the end of its call, and logs it. No such error may reach Nest or
 * RxJS where nothing awaits the handler: the process would end, and a client chooses the moment by cancelling its call.
 */
export function askedTooLate(error: unknown): boolean {
  if (!(error instanceof AuthzConfigError) || error.code !== 'AUTHZ_CALL_OVER') return false;
  logger.warn(`A handler of a gRPC call went on after the call was over, and failed: ${error.message}`);
  return true;
}
