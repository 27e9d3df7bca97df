import type { Logger } from '@nestjs/common';
import { messageOf } from '../../core/index.js';

/** Writes down that something of the application's own could not be looked up. @param what The line's beginning. */
export function lookupLog(logger: Pick<Logger, 'warn'>, what: string): (error: unknown, leftOut: number) => void {
  return (error, leftOut) =>
    logger.warn(`${what}${leftOut === 0 ? '' : ` (and ${leftOut} times before this)`}: ${messageOf(error)}`);
}
