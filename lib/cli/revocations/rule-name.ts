import { Argument, type Command } from 'commander';
import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from '../../revocation/index.js';
import { CliError } from '../cli.error.js';
import { printed } from '../output/text-table.js';

/** What a rule is about. */
export type RuleName = Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>;

/** Gives a command the arguments and the option that say it. */
export function addRuleName(command: Command): Command {
  return command
    .addArgument(new Argument('<kind>', 'what the rule is about').choices([...REVOCATION_KINDS]))
    .argument('[value]', 'its id: the jti of a token, the sid of a session, the sub of a subject, …')
    .option('--issuer <iss>', 'whose tokens, as they carry it in "iss"');
}

/** @throws CliError naming what is missing. */
export function ruleName(kind: RevocationKind, value: string | undefined, issuer: string | undefined): RuleName {
  switch (kind) {
    case 'everything':
      refuseGiven(kind, value, issuer);
      return { kind, issuer: '', value: '' };
    case 'issuer':
      return { kind, issuer: onlyOne(value, issuer), value: '' };
    default:
      if (value === undefined) throw new CliError(`Which ${kind}? Write its id after the kind: ${kind} <value>.`);
      if (issuer === undefined)
        throw new CliError('--issuer is missing: it says whose tokens are meant, as they carry it in "iss".');
      return { kind, issuer, value };
  }
}

/** As a reader is told of it. */
export function ruleNameText({ kind, issuer, value }: RuleName): string {
  if (kind === 'everything') return 'every token';
  return kind === 'issuer' ? `every token of ${printed(issuer)}` : `${kind} ${printed(value)} of ${printed(issuer)}`;
}

/** The members that say it where an application writes a rule: none is empty there. */
export function ruleMembers({ kind, issuer, value }: RuleName): Pick<RuleName, 'kind'> & Partial<RuleName> {
  return { kind, ...(issuer !== '' && { issuer }), ...(value !== '' && { value }) };
}

function refuseGiven(kind: RevocationKind, value: string | undefined, issuer: string | undefined): void {
  if (value !== undefined) throw new CliError(`A rule about ${kind} takes no value.`);
  if (issuer !== undefined)
    throw new CliError(`A rule about ${kind} takes no --issuer. For one issuer: issuer ${printed(issuer)}.`);
}

function onlyOne(value: string | undefined, issuer: string | undefined): string {
  const found = value ?? issuer;
  if (found === undefined) throw new CliError('Which issuer? Write it after the kind, as tokens carry it in "iss".');
  if (issuer !== undefined && issuer !== found) throw new CliError('Two issuers are named: write one, after the kind.');
  return found;
}
