import type { Logger } from '@nestjs/common';
import type { KeyEvent } from '../../authentication/index.js';
import { messageOf } from '../../core/index.js';

/** Logs the events of an issuer's keys. */
export function keyLog(logger: Pick<Logger, 'debug' | 'log' | 'warn'>, issuer: string): (event: KeyEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'loaded':
        logger.debug(`Holding ${event.keys} keys of ${issuer}`);
        break;
      case 'unfit':
        logger.warn(
          `No key of ${issuer} fits an algorithm of "algorithms" (${event.accepted.join(', ')}), so its tokens are refused. Its keys fit ${event.served.join(', ')}: write the one that it signs with, such as algorithms: ['${event.served[0]}'].`,
        );
        break;
      case 'recalled':
        logger.log(`Holding ${event.keys} keys of ${issuer}, kept on disk ${event.ageSeconds} s ago, until they are fetched`);
        break;
      case 'file_failed':
        logger.warn(`The keys of ${issuer} cannot be kept on disk: ${messageOf(event.error)}`);
        break;
      case 'failed':
        logger.warn(`The keys of ${issuer} cannot be fetched: ${consequence(event.keysHeld)}. ${messageOf(event.error)}`);
    }
  };
}

function consequence(keysHeld: number): string {
  return keysHeld > 0 ? `the ${keysHeld} keys held stay in use` : 'no key is held, so requests with its tokens get 503';
}
