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

/** Logs each kind of event. */
type Writers = { readonly [Kind in RevocationEvent['kind']]: (event: Extract<RevocationEvent, { readonly kind: Kind }>) => void };

/** Logs the events of revocations: rules made by this service, and everything that needs an operator. */
export function revocationLog(logger: Logger): (event: RevocationEvent) => void {
  const problems = new RepeatedWarnings((line) => logger.warn(line));
  // Separate, so that a flood of rules about clients and tenants cannot hide a rule about all tokens.
  const stops = new RepeatedWarnings((line) => logger.warn(line));
  const wide = new RepeatedWarnings((line) => logger.warn(line));
  // Rules about many callers are logged by every service, other rules by the service that made them.
  const made = ({ kind }: Pick<ListedRevocation, 'kind'>, isOurs: boolean, line: string) => {
    if (isWide(kind)) (kind === 'client' || kind === 'tenant' ? wide : stops).warn(line);
    else if (isOurs) logger.log(line);
    else logger.debug(line);
  };
  const writers: Writers = {
    revoked: ({ rule, isOurs, unknownIssuer }) => {
      made(rule, isOurs, `Revoked ${written(rule)}${ineffective(rule, unknownIssuer)}`);
      // Rules about other issuers are normal if services with different issuers share a feed.
      if (unknownIssuer?.isSpelling === true && !isWide(rule.kind))
        problems.warn(
          `A rule about a ${rule.kind} of ${shown(rule.issuer)} has no effect here.${trust(unknownIssuer)}`,
          `unknown ${String(rule.issuer)}`,
        );
    },
    restored: ({ rule, isOurs }) => made(rule, isOurs, `Removed the revocation of ${holder(rule)}${people(rule)}`),
    failed: ({ feed, error, repeated }) => {
      if (repeated) logger.debug(`Revocations: ${feed} is still unreachable, for the same reason as before`);
      else logger.error(`Revocations: ${feed} is unreachable; the rules in memory stay in force: ${messageOf(error)}`);
    },
    recovered: ({ feed }) => logger.log(`Revocations: ${feed} is reachable again`),
    stale: ({ feed, onStale, asOf }) =>
      logger.error(
        `Revocations: ${feed} was unreachable for longer than maxStalenessSeconds, or returned nothing newer${since(asOf)}: ${CONSEQUENCES[onStale]}`,
      ),
    skipped: ({ from, count, fault }) =>
      problems.warn(
        `Revocations: ignored ${count} invalid ${count === 1 ? 'rule' : 'rules'} from ${from}; the first one: ${fault}`,
        `skipped ${from}`,
      ),
    coarsened: ({ issuer, replaced, by, added, issuedUntil }) =>
      logger.error(
        `Revocations have reached maxEntries: replaced ${replaced} rules about ${issuer} by ` +
          `${by === 'subject' ? `one for each of the ${added} subjects with the most rules` : 'one about all of its tokens'}, issued until ${dateTime(issuedUntil)}. ` +
          'These users must log in again. Raise maxEntries, or shorten the lifetime of tokens.',
      ),
    retold: ({ feed, count }) =>
      logger.warn(
        `Revocations: ${feed} lacks ${count} ${count === 1 ? 'rule' : 'rules'} of this service, which sends ${count === 1 ? 'it' : 'them'} again`,
      ),
    problem: ({ message }) => problems.warn(message),
  };
  return (event) => (writers[event.kind] as (event: RevocationEvent) => void)(event);
}

const CONSEQUENCES = {
  serve: 'the rules in memory stay in force, newer rules are missing',
  deny: 'requests with a token get 503',
  'require-fresh-token': 'only fresh tokens are accepted',
} as const;

function written({ issuedUntil, by, reason, ...rule }: ListedRevocation): string {
  const until = issuedUntil === undefined ? '' : ` issued until ${dateTime(issuedUntil)}`;
  return holder(rule) + until + people({ by, reason, kind: rule.kind });
}

/** Describes who made a rule, and why. For rules about many callers, also says if that is not given. */
function people({ kind, by, reason }: Pick<ListedRevocation, 'kind'> & RestoreTerms): string {
  const [noName, noReason] = isWide(kind) ? [', by: not given', ', reason: not given'] : ['', ''];
  return (by === undefined ? noName : `, by ${shown(by)}`) + (reason === undefined ? noReason : `: ${shown(reason)}`);
}

function ineffective({ kind }: Pick<ListedRevocation, 'kind'>, unknown: UnknownIssuer | undefined): string {
  return unknown === undefined || !isWide(kind) ? '' : `. It has no effect here.${trust(unknown)}`;
}

/** Says why a rule has no effect. */
function trust({ meant }: UnknownIssuer): string {
  return ` No tokens of this issuer are accepted here.${meant === undefined ? '' : ` Did you mean ${shown(meant)}?`}`;
}

function since(asOf: number): string {
  return asOf === -Infinity ? '' : ` since ${new Date(asOf).toISOString()}`;
}

function dateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Describes the revoked tokens. Escapes names, which come from tokens and administrators. */
function holder({ kind, issuer, value }: Pick<ListedRevocation, 'kind' | 'issuer' | 'value'>): string {
  if (kind === 'everything') return 'all tokens';
  if (kind === 'issuer') return `all tokens of ${shown(issuer)}`;
  return `${kind === 'token' ? '' : 'all tokens of '}${kind} ${shown(value)} (issuer ${shown(issuer)})`;
}
