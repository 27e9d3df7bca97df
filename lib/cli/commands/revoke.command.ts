import type { Command } from 'commander';
import { printable } from '../../core/index.js';
import { isWide, revokeEntry, type RevocationEntry, type RevocationKind, type RevocationRule } from '../../revocation/index.js';
import type { Answer, Answers } from '../output/answer.interface.js';
import { CliError } from '../cli.error.js';
import { showProgress } from '../output/progress.js';
import { publishEntry, rulesIfReadable } from '../revocations/feed-requests.js';
import { issuerNotes } from '../revocations/issuer-notes.js';
import { dateTime, moment, timeSpan } from '../revocations/moment.js';
import { operator } from '../revocations/operator.js';
import { addRuleName, ruleMembers, ruleName, ruleNameText, type RuleName } from '../revocations/rule-name.js';
import { addFeedOptions, withFeed, type FeedOptions } from '../revocations/with-feed.js';
import type { Terminal } from '../output/terminal.interface.js';

interface RevokeOptions extends FeedOptions {
  readonly to: string;
  readonly issuer?: string;
  readonly issuedUntil?: number;
  readonly expiresIn?: number;
  readonly expiresAt?: number;
  readonly subject?: string;
  readonly by?: string;
  readonly reason?: string;
}

export function addRevoke(program: Command, terminal: Terminal, answers: Answers): void {
  const command = program
    .command('revoke')
    .description('withdraw tokens before they end, in every service that reads the feed')
    .requiredOption('--to <target>', 'redis URL or https URL of the feed, or env:NAME')
    .option('--expires-in <time>', 'how long tokens live, at most: the rule is kept as long (15m, 1h, 30d)', timeSpan)
    .option('--expires-at <time>', 'in its place: when the last token meant ends', moment)
    .option('--issued-until <time>', 'tokens issued later stay valid (default: now)', moment)
    .option('--subject <sub>', 'with the kinds token and session: whom it speaks for')
    .option('--by <name>', 'who does it: in lists and logs (default of what concerns many: user@machine)')
    .option('--reason <text>', 'for people: in lists and logs, never in an answer');
  addFeedOptions(addRuleName(command))
    .addHelpText(
      'after',
      `
Example:
  $ nestjs-authz revoke subject carl --issuer https://id.acme.com --to env:REDIS_URL --expires-in 1h --reason "left the company"

Emergency stop:
  $ nestjs-authz revoke everything --to env:REDIS_URL --expires-in 1h --reason "signing key leaked"`,
    )
    .action(
      answers((kind: RevocationKind, value: string | undefined, options: RevokeOptions) =>
        revoke(ruleName(kind, value, options.issuer), options, terminal),
      ),
    );
}

async function revoke(name: RuleName, options: RevokeOptions, terminal: Terminal): Promise<Answer> {
  refuseWithoutEnd(options);
  showProgress(terminal, 'Withdrawing');
  return withFeed(options.to, '--to', options, terminal, async (feed) => {
    const { rules, note } = await rulesIfReadable(feed);
    const entry = entryOf(name, options, rules.nextMoment(name));
    const notes = [note ?? [], issuerNotes(name, feed, rules), await publishEntry(feed, entry)].flat().join('\n') || undefined;
    const { issuedUntil, expiresAt, by, reason } = entry;
    return {
      text: `Withdrawn: ${entryTextFor(name, entry)}. ${printable(feed.name)} has it.`,
      json: { revoked: { ...ruleMembers(name), issuedUntil, expiresAt, by, reason }, to: feed.name, note: notes },
      notes,
    };
  });
}

function refuseWithoutEnd({ expiresIn, expiresAt }: RevokeOptions): void {
  if (expiresIn === undefined && expiresAt === undefined)
    throw new CliError(
      '--expires-in is missing: write the longest life of your access tokens, such as --expires-in 1h, or --expires-at with the moment when the last of these tokens ends.',
    );
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw new CliError('--expires-in and --expires-at exclude each other: write one.');
  if (expiresAt !== undefined && expiresAt <= Date.now() / 1000)
    throw new CliError('--expires-at has passed: the rule would withdraw nothing.');
}

/** @param made In milliseconds since 1970. */
function entryOf(name: RuleName, options: RevokeOptions, made: number): RevocationEntry {
  const { issuedUntil, expiresIn = 0, subject, reason, by = isWide(name.kind) ? operator() : undefined } = options;
  // Of tokens issued up to a moment to come, the last one ends so long after that.
  const expiresAt = options.expiresAt ?? Math.max(made / 1000, issuedUntil ?? 0) + expiresIn;
  const rule = {
    ...ruleMembers(name),
    expiresAt,
    ...(issuedUntil !== undefined && { issuedUntil }),
    ...(subject !== undefined && { subject }),
    ...(by !== undefined && { by }),
    ...(reason !== undefined && { reason }),
  };
  return revokeEntry(
    rule as RevocationRule,
    { issuer: undefined, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 0 },
    made,
  );
}

function entryTextFor(name: RuleName, { issuedUntil, expiresAt }: RevocationEntry): string {
  const until = issuedUntil === undefined ? '' : ` issued until ${dateTime(issuedUntil)}`;
  return `${ruleNameText(name)}${until}, kept until ${dateTime(expiresAt)}`;
}
