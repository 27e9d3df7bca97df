import type { Command } from 'commander';
import { printable } from '../../core/index.js';
import { isWide, restoreEntry, type RevocationKind, type RevokedHolder } from '../../revocation/index.js';
import type { CommandResult, PrintResult } from '../output/command-result.interface.js';
import { showProgress } from '../output/progress.js';
import { publishEntry, rulesIfReadable } from '../revocations/feed-requests.js';
import { operator } from '../revocations/operator.js';
import { addRuleName, ruleMembers, ruleName, ruleNameText, type RuleName } from '../revocations/rule-name.js';
import { addFeedOptions, withFeed, type FeedOptions } from '../revocations/with-feed.js';
import type { Terminal } from '../output/terminal.interface.js';

interface RestoreOptions extends FeedOptions {
  readonly to: string;
  readonly issuer?: string;
  readonly by?: string;
  readonly reason?: string;
}

export function addRestore(program: Command, terminal: Terminal, printResult: PrintResult): void {
  const command = program
    .command('restore')
    .description('remove a rule made by "revoke": tokens that no other rule revokes are accepted again')
    .requiredOption('--to <target>', 'redis URL or https URL of the feed, or env:NAME')
    .option('--by <name>', 'operator, shown in the logs of services (default for rules about many tokens: user@machine)')
    .option('--reason <text>', 'reason, shown in the logs of services');
  addFeedOptions(addRuleName(command))
    .addHelpText('after', '\nExample:\n  $ nestjs-authz restore subject carl --issuer https://id.acme.com --to env:REDIS_URL')
    .action(
      printResult((kind: RevocationKind, value: string | undefined, options: RestoreOptions) =>
        restore(ruleName(kind, value, options.issuer), options, terminal),
      ),
    );
}

async function restore(name: RuleName, options: RestoreOptions, terminal: Terminal): Promise<CommandResult> {
  showProgress(terminal, 'Removing the rule');
  return withFeed(options.to, '--to', options, terminal, async (feed) => {
    const { rules, note } = await rulesIfReadable(feed);
    const end = rules.expiryOf(name);
    const terms = { issuer: undefined, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 0 };
    const { reason, by = isWide(name.kind) ? operator() : undefined } = options;
    const holder = { ...(ruleMembers(name) as RevokedHolder), by, reason };
    const said = await publishEntry(feed, restoreEntry(holder, terms, rules.nextMoment(name), end));
    const wasKnown = note === undefined ? end !== undefined : undefined;
    return {
      text: `Rule removed: ${ruleNameText(name)}. Published to ${printable(feed.name)}.`,
      json: { restored: ruleMembers(name), wasKnown, to: feed.name, note },
      notes:
        wasKnown === false
          ? [unknown(printable(feed.name)), ...said].join('\n')
          : [note ?? [], said].flat().join('\n') || undefined,
    };
  });
}

function unknown(feed: string): string {
  return `${feed} has no such rule. "revocations list" shows the rules in force.`;
}
