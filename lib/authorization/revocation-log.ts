import type { Logger } from '@nestjs/common';
import { messageOf, shown } from '../core/index.js';
import type { ListedRevocation, RevocationEvent } from '../revocation/index.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** Writes down what happens to revocations: what was made here, and what somebody has to see to. */
export function revocationLog(logger: Logger): (event: RevocationEvent) => void {
  const problems = new RepeatedWarnings((line) => logger.warn(line));
  return (event) => {
    switch (event.kind) {
      case 'revoked':
        // Others made here tell of themselves where they were made.
        if (event.isOurs) logger.log(`Withdrawn: ${written(event.rule)}`);
        else logger.debug(`Withdrawn elsewhere: ${written(event.rule)}`);
        break;
      case 'restored':
        if (event.isOurs) logger.log(`Taken back: what withdrew ${holder(event.rule)}`);
        else logger.debug(`Taken back elsewhere: what withdrew ${holder(event.rule)}`);
        break;
      case 'failed':
        if (event.repeated) logger.debug(`${event.feed} is not heard, for the same reason as before`);
        else logger.error(`Revocations: ${event.feed} is not heard; those known here stay in force. ${messageOf(event.error)}`);
        break;
      case 'recovered':
        logger.log(`Revocations: ${event.feed} is heard again`);
        break;
      case 'stale':
        logger.error(
          `Revocations: ${event.feed} was not heard for longer than maxStalenessSeconds: ${CONSEQUENCES[event.onStale]}`,
        );
        break;
      case 'skipped':
        problems.tell(
          `Revocations: ${event.count} of what came from ${event.from} is no rule and has no effect; of the first, ${event.fault}`,
          `skipped ${event.from}`,
        );
        break;
      case 'coarsened':
        logger.error(
          `Revocations have reached maxEntries: ${event.replaced} rules about ${event.issuer} gave way to ` +
            (event.by === 'subject' ? 'one for each subject they were about' : 'one about all of its tokens') +
            '. Everyone concerned has to log in again. Raise maxEntries, or shorten the life of tokens.',
        );
        break;
      case 'retold':
        logger.warn(`Revocations: ${event.feed} does not have ${event.count} rules that are known here, and is told them again`);
        break;
      case 'problem':
        problems.tell(event.message);
    }
  };
}

const CONSEQUENCES = {
  serve: 'those known here stay in force, and later ones are not known',
  deny: 'every token is answered 503',
  'require-fresh-token': 'only fresh tokens pass',
} as const;

function written({ issuedUntil, reason, ...rule }: ListedRevocation): string {
  const until = issuedUntil === undefined ? '' : `, issued until ${new Date(issuedUntil * 1000).toISOString()}`;
  return holder(rule) + until + (reason === undefined ? '' : `: ${shown(reason)}`);
}

/** Names come from tokens and from administrators: both are data. */
function holder({ kind, issuer, value }: Pick<ListedRevocation, 'kind' | 'issuer' | 'value'>): string {
  if (kind === 'everything') return 'every token';
  if (kind === 'issuer') return `every token of ${shown(issuer)}`;
  return `${kind} ${shown(value)} of ${shown(issuer)}`;
}
