import type { Command } from 'commander';
import { printable } from '../../core/index.js';
import { isWide, restoreEntry, type RevocationKind, type RevokedHolder } from '../../revocation/index.js';
import type { Answer, Answers } from '../output/answer.interface.js';
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

export function addRestore(program: Command, terminal: Terminal, answers: Answers): void {
  const command = program
    .command('restore')
    .description('take a rule of "revoke" back: tokens that it alone withdrew pass again')
    .requiredOption('--to <target>', 'redis URL or https URL of the feed, or env:NAME')
    .option('--by <name>', 'who does it: in the logs of services (default of what concerns many: user@machine)')
    .option('--reason <text>', 'for people: in the logs of services');
  addFeedOptions(addRuleName(command))
    .addHelpText('after', '\nExample:\n  $ nestjs-authz restore subject carl --issuer https://id.acme.com --to env:REDIS_URL')
    .action(
      answers((kind: RevocationKind, value: string | undefined, options: RestoreOptions) =>
        restore(ruleName(kind, value, options.issuer), options, terminal),
      ),
    );
}

async function restore(name: RuleName, options: RestoreOptions, terminal: Terminal): Promise<Answer> {
  showProgress(terminal, 'Taking back');
  return withFeed(options.to, '--to', options, terminal, async (feed) => {
    const { rules, note } = await rulesIfReadable(feed);
    const end = rules.expiryOf(name);
    const terms = { issuer: undefined, maxTokenLifetimeSeconds: undefined, clockToleranceSeconds: 0 };
    const { reason, by = isWide(name.kind) ? operator() : undefined } = options;
    const holder = { ...(ruleMembers(name) as RevokedHolder), by, reason };
    const said = await publishEntry(feed, restoreEntry(holder, terms, rules.nextMoment(name), end));
    const wasKnown = note === undefined ? end !== undefined : undefined;
    return {
      text: `Taken back: the rule about ${ruleNameText(name)}. ${printable(feed.name)} has it.`,
      json: { restored: ruleMembers(name), wasKnown, to: feed.name, note },
      notes:
        wasKnown === false
          ? [unknown(printable(feed.name)), ...said].join('\n')
          : [note ?? [], said].flat().join('\n') || undefined,
    };
  });
}

function unknown(feed: string): string {
  return `${feed} had no such rule. "revocations list" shows those that are in force.`;
}
