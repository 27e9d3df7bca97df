import type { Logger } from '@nestjs/common';
import { messageOf } from '../../core/index.js';

/** Logs that a lookup by the application's own function failed. @param what The beginning of the line. */
export function lookupLog(logger: Pick<Logger, 'warn'>, what: string): (error: unknown, leftOut: number) => void {
  return (error, leftOut) =>
    logger.warn(`${what}${leftOut === 0 ? '' : ` (and ${leftOut} times before this)`}: ${messageOf(error)}`);
}
