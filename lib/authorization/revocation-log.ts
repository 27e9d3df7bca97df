import type { Logger } from '@nestjs/common';
import { messageOf, shown } from '../core/index.js';
import type { ListedRevocation, RevocationEvent } from '../revocation/index.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** How each kind of event is written. */
type Writers = { readonly [Kind in RevocationEvent['kind']]: (event: Extract<RevocationEvent, { readonly kind: Kind }>) => void };

/** Writes down what happens to revocations: what was made here, and what somebody has to see to. */
export function revocationLog(logger: Logger): (event: RevocationEvent) => void {
  const problems = new RepeatedWarnings((line) => logger.warn(line));
  // What was made elsewhere is told there.
  const made = (isOurs: boolean, line: string) => (isOurs ? logger.log(line) : logger.debug(line));
  const writers: Writers = {
    revoked: ({ rule, isOurs }) => made(isOurs, `Withdrawn: ${written(rule)}`),
    restored: ({ rule, isOurs }) => made(isOurs, `Taken back: what withdrew ${holder(rule)}`),
    failed: ({ feed, error, repeated }) => {
      if (repeated) logger.debug(`Revocations: ${feed} is not heard, for the same reason as before`);
      else logger.error(`Revocations: ${feed} is not heard, those known here stay in force: ${messageOf(error)}`);
    },
    recovered: ({ feed }) => logger.log(`Revocations: ${feed} is heard again`),
    stale: ({ feed, onStale }) =>
      logger.error(`Revocations: ${feed} was not heard for longer than maxStalenessSeconds: ${CONSEQUENCES[onStale]}`),
    skipped: ({ from, count, fault }) =>
      problems.tell(
        `Revocations: ${count} of what came from ${from} is no rule and has no effect; of the first, ${fault}`,
        `skipped ${from}`,
      ),
    coarsened: ({ issuer, replaced, by }) =>
      logger.error(
        `Revocations have reached maxEntries: ${replaced} rules about ${issuer} gave way to ` +
          `${by === 'subject' ? 'one for each subject that had several' : 'one about all of its tokens'}. ` +
          'Whoever is concerned has to log in again. Raise maxEntries, or shorten the life of tokens.',
      ),
    retold: ({ feed, count }) =>
      logger.warn(
        `Revocations: ${feed} does not have all that is known here: ${count} ${count === 1 ? 'rule is' : 'rules are'} told it again`,
      ),
    problem: ({ message }) => problems.tell(message),
  };
  return (event) => (writers[event.kind] as (event: RevocationEvent) => void)(event);
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
