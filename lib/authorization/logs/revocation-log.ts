import type { Logger } from '@nestjs/common';
import { messageOf, shown } from '../../core/index.js';
import {
  isWide,
  type ListedRevocation,
  type RestoreTerms,
  type RevocationEvent,
  type UnknownIssuer,
} from '../../revocation/index.js';
import { RepeatedWarnings } from './repeated-warnings.js';

/** How each kind of event is written. */
type Writers = { readonly [Kind in RevocationEvent['kind']]: (event: Extract<RevocationEvent, { readonly kind: Kind }>) => void };

/** Writes down what happens to revocations: what was made here, and what somebody has to see to. */
export function revocationLog(logger: Logger): (event: RevocationEvent) => void {
  const problems = new RepeatedWarnings((line) => logger.warn(line));
  // Apart, so that no flood of rules about clients and tenants hides a stop of everything.
  const stops = new RepeatedWarnings((line) => logger.warn(line));
  const wide = new RepeatedWarnings((line) => logger.warn(line));
  // What concerns many is told in every service. Any other rule is told where it was made.
  const made = ({ kind }: Pick<ListedRevocation, 'kind'>, isOurs: boolean, line: string) => {
    if (isWide(kind)) (kind === 'client' || kind === 'tenant' ? wide : stops).warn(line);
    else if (isOurs) logger.log(line);
    else logger.debug(line);
  };
  const writers: Writers = {
    revoked: ({ rule, isOurs, unknownIssuer }) => {
      made(rule, isOurs, `Withdrawn: ${written(rule)}${ineffective(rule, unknownIssuer)}`);
      // Rules about others' tokens come all the time where services with several issuers share a feed.
      if (unknownIssuer?.isSpelling === true && !isWide(rule.kind))
        problems.warn(
          `A rule about a ${rule.kind} of ${shown(rule.issuer)} has no effect here.${trust(unknownIssuer)}`,
          `unknown ${String(rule.issuer)}`,
        );
    },
    restored: ({ rule, isOurs }) => made(rule, isOurs, `Taken back: what withdrew ${holder(rule)}${people(rule)}`),
    failed: ({ feed, error, repeated }) => {
      if (repeated) logger.debug(`Revocations: ${feed} is not heard, for the same reason as before`);
      else logger.error(`Revocations: ${feed} is not heard, those known here stay in force: ${messageOf(error)}`);
    },
    recovered: ({ feed }) => logger.log(`Revocations: ${feed} is heard again`),
    stale: ({ feed, onStale, asOf }) =>
      logger.error(
        `Revocations: ${feed} was not heard for longer than maxStalenessSeconds, or brings nothing newer${since(asOf)}: ${CONSEQUENCES[onStale]}`,
      ),
    skipped: ({ from, count, fault }) =>
      problems.warn(
        `Revocations: ${count} of what came from ${from} is no rule and has no effect; of the first, ${fault}`,
        `skipped ${from}`,
      ),
    coarsened: ({ issuer, replaced, by, added, issuedUntil }) =>
      logger.error(
        `Revocations have reached maxEntries: ${replaced} rules about ${issuer} gave way to ` +
          `${by === 'subject' ? `one for each of ${added} subjects that had the most` : 'one about all of its tokens'}, issued until ${dateTime(issuedUntil)}. ` +
          'Whoever is concerned has to log in again. Raise maxEntries, or shorten the life of tokens.',
      ),
    retold: ({ feed, count }) =>
      logger.warn(
        `Revocations: ${feed} does not have all that is known here: ${count} ${count === 1 ? 'rule is' : 'rules are'} told it again`,
      ),
    problem: ({ message }) => problems.warn(message),
  };
  return (event) => (writers[event.kind] as (event: RevocationEvent) => void)(event);
}

const CONSEQUENCES = {
  serve: 'those known here stay in force, and later ones are not known',
  deny: 'every token is answered 503',
  'require-fresh-token': 'only fresh tokens pass',
} as const;

function written({ issuedUntil, by, reason, ...rule }: ListedRevocation): string {
  const until = issuedUntil === undefined ? '' : `, issued until ${dateTime(issuedUntil)}`;
  return holder(rule) + until + people({ by, reason, kind: rule.kind });
}

/** Who made a rule, and why; of a rule that concerns many, also that it does not say so. */
function people({ kind, by, reason }: Pick<ListedRevocation, 'kind'> & RestoreTerms): string {
  const [noName, noReason] = isWide(kind) ? [', by: not given', ', reason: not given'] : ['', ''];
  return (by === undefined ? noName : `, by ${shown(by)}`) + (reason === undefined ? noReason : `: ${shown(reason)}`);
}

function ineffective({ kind }: Pick<ListedRevocation, 'kind'>, unknown: UnknownIssuer | undefined): string {
  return unknown === undefined || !isWide(kind) ? '' : `. It has no effect here.${trust(unknown)}`;
}

/** Why a rule has no effect. */
function trust({ meant }: UnknownIssuer): string {
  return ` No tokens of this issuer are accepted here.${meant === undefined ? '' : ` Did you mean ${shown(meant)}?`}`;
}

function since(asOf: number): string {
  return asOf === -Infinity ? '' : ` since ${new Date(asOf).toISOString()}`;
}

function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Names come from tokens and from administrators: both are data. */
function holder({ kind, issuer, value }: Pick<ListedRevocation, 'kind' | 'issuer' | 'value'>): string {
  if (kind === 'everything') return 'every token';
  if (kind === 'issuer') return `every token of ${shown(issuer)}`;
  return `${kind} ${shown(value)} of ${shown(issuer)}`;
}
