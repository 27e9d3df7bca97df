import { InvalidArgumentError, Option, type Command } from 'commander';
import { printable } from '../../core/index.js';
import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind, type RevocationList } from '../../revocation/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { CliError } from '../cli.error.js';
import { showProgress } from '../output/progress.js';
import { readFault, readRules } from '../revocations/feed-requests.js';
import { dateTime } from '../revocations/moment.js';
import { ruleMembers } from '../revocations/rule-name.js';
import { addFeedOptions, withFeed, type FeedOptions } from '../revocations/with-feed.js';
import type { Terminal } from '../output/terminal.interface.js';
import { counted, printed, textTable } from '../output/text-table.js';

interface ListOptions extends FeedOptions {
  readonly from: string;
  readonly kind?: RevocationKind;
  readonly issuer?: string;
  readonly limit: number;
}

export function addRevocations(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('revocations')
    .description('show which tokens are revoked')
    .addHelpText('after', '\nExample:\n  $ nestjs-authz revocations list --from env:REDIS_URL');
  const list = command
    .command('list')
    .description('list the rules in force, the widest first')
    .requiredOption('--from <source>', 'redis URL or https URL of the feed, or env:NAME')
    .addOption(new Option('--kind <kind>', 'only rules of this kind').choices([...REVOCATION_KINDS]))
    .option('--issuer <iss>', 'only rules about tokens of this issuer')
    .option('--limit <n>', 'largest number of rules to show', wholeNumber, 100);
  addFeedOptions(list)
    .addHelpText('after', '\nExample:\n  $ nestjs-authz revocations list --from env:REDIS_URL --kind subject --limit 20')
    .action(printResult((options: ListOptions) => listRules(options, terminal)));
}

async function listRules(options: ListOptions, terminal: Terminal): Promise<CommandResult> {
  showProgress(terminal, 'Reading the rules');
  return withFeed(options.from, '--from', options, terminal, async (feed) => {
    const { rules, skipped, asOf } = await readRules(feed).catch((error: unknown) => {
      throw new CliError(`${printable(feed.name)} cannot be read: ${readFault(error)}.`);
    });
    const { shown, count } = selected(rules, options);
    return {
      text: listText(printable(feed.name), shown, count),
      json: { from: feed.name, rules: shown.map(listed), count, skipped },
      notes: [...skippedNote(skipped), ...ageNote(asOf)].join('\n') || undefined,
    };
  });
}

/** Age from which a list is reported as old, in milliseconds: services treat it as stale by default. */
const OLD_MS = 60_000;

function skippedNote(skipped: number): readonly string[] {
  return skipped > 0 ? [`Skipped ${counted(skipped, 'invalid rule')}.`] : [];
}

function ageNote(asOf: number | undefined): readonly string[] {
  if (asOf === undefined || Date.now() - asOf <= OLD_MS) return [];
  return [`The list was signed at ${dateTime(asOf / 1000)}: later rules are not in it.`];
}

function selected(rules: RevocationList, { kind, issuer, limit }: ListOptions) {
  const shown: RevocationEntry[] = [];
  let count = 0;
  for (const rule of rules.rules()) {
    if ((kind ?? rule.kind) !== rule.kind || (issuer ?? rule.issuer) !== rule.issuer) continue;
    if (count++ < limit) shown.push(rule);
  }
  return { shown, count };
}

function listText(from: string, shown: readonly RevocationEntry[], count: number): string {
  if (count === 0) return `${from}: no matching rule is in force.`;
  const isNamed = shown.some(({ by }) => by !== undefined);
  const rows = shown.map(({ kind, issuer, value, issuedUntil, expiresAt, by, reason }) => [
    kind,
    value === '' ? '-' : printed(value),
    issuer === '' ? '-' : printed(issuer),
    issuedUntil === undefined ? '-' : dateTime(issuedUntil),
    dateTime(expiresAt),
    ...(isNamed ? [by === undefined ? '-' : printed(by)] : []),
    reason === undefined ? '-' : printed(reason),
  ]);
  const table = textTable(['kind', 'value', 'issuer', 'issued until', 'expires', ...(isNamed ? ['by'] : []), 'reason'], rows);
  const rest = count > shown.length ? `\n… and ${count - shown.length} more (--limit)` : '';
  return `${from}: ${counted(count, 'rule')} in force\n\n${table}${rest}`;
}

function listed(rule: RevocationEntry) {
  const { issuedUntil, expiresAt, by, reason } = rule;
  return { ...ruleMembers(rule), issuedUntil, expiresAt, by, reason };
}

function wholeNumber(value: string): number {
  if (/^[1-9]\d{0,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999999.');
}
