import type { Command } from 'commander';
import { printable } from '../../core/index.js';
import { isWide, revokeEntry, type RevocationEntry, type RevocationKind, type RevocationRule } from '../../revocation/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
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

export function addRevoke(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('revoke')
    .description('revoke tokens before they expire, in every service that reads the feed')
    .requiredOption('--to <target>', 'redis URL or https URL of the feed, or env:NAME')
    .option('--expires-in <time>', 'longest lifetime of your access tokens: the rule is kept that long (15m, 1h, 30d)', timeSpan)
    .option('--expires-at <time>', 'instead: when the last of the revoked tokens expires', moment)
    .option('--issued-until <time>', 'revoke only tokens issued up to this time (default: now)', moment)
    .option('--subject <sub>', 'with the kinds token and session: the subject of the token or session')
    .option('--by <name>', 'operator, shown in lists and logs (default for rules about many tokens: user@machine)')
    .option('--reason <text>', 'reason, shown in lists and logs, never in a response');
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
      printResult((kind: RevocationKind, value: string | undefined, options: RevokeOptions) =>
        revoke(ruleName(kind, value, options.issuer), options, terminal),
      ),
    );
}

async function revoke(name: RuleName, options: RevokeOptions, terminal: Terminal): Promise<CommandResult> {
  refuseWithoutEnd(options);
  showProgress(terminal, 'Revoking');
  return withFeed(options.to, '--to', options, terminal, async (feed) => {
    const { rules, note } = await rulesIfReadable(feed);
    const entry = entryOf(name, options, rules.nextMoment(name));
    const notes = [note ?? [], issuerNotes(name, feed, rules), await publishEntry(feed, entry)].flat().join('\n') || undefined;
    const { issuedUntil, expiresAt, by, reason } = entry;
    return {
      text: `Revoked: ${entryTextFor(name, entry)}. Published to ${printable(feed.name)}.`,
      json: { revoked: { ...ruleMembers(name), issuedUntil, expiresAt, by, reason }, to: feed.name, note: notes },
      notes,
    };
  });
}

function refuseWithoutEnd({ expiresIn, expiresAt }: RevokeOptions): void {
  if (expiresIn === undefined && expiresAt === undefined)
    throw new CliError(
      '--expires-in is missing: write the longest lifetime of your access tokens, such as --expires-in 1h, or --expires-at with the time when the last of these tokens expires.',
    );
  if (expiresIn !== undefined && expiresAt !== undefined)
    throw new CliError('--expires-in and --expires-at cannot be combined: write one of them.');
  if (expiresAt !== undefined && expiresAt <= Date.now() / 1000)
    throw new CliError('--expires-at is in the past: the rule would revoke nothing.');
}

/** @param made In milliseconds since 1970. */
function entryOf(name: RuleName, options: RevokeOptions, made: number): RevocationEntry {
  const { issuedUntil, expiresIn = 0, subject, reason, by = isWide(name.kind) ? operator() : undefined } = options;
  // With issuedUntil in the future, the last of the tokens is issued then.
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
  return `${ruleNameText(name)}${until}, rule kept until ${dateTime(expiresAt)}`;
}
