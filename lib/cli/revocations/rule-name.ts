import { Argument, type Command } from 'commander';
import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from '../../revocation/index.js';
import { CliError } from '../cli.error.js';
import { printed } from '../output/text-table.js';

/** The target of a rule. */
export type RuleName = Pick<RevocationEntry, 'kind' | 'issuer' | 'value'>;

/** Adds the arguments and the option that name the target of a rule. */
export function addRuleName(command: Command): Command {
  return command
    .addArgument(new Argument('<kind>', 'the kind of target').choices([...REVOCATION_KINDS]))
    .argument('[value]', 'the id of the target: the jti of a token, the sid of a session, the sub of a subject, …')
    .option('--issuer <iss>', 'issuer of the tokens, as in their claim "iss"');
}

/** @throws CliError that names the missing argument. */
export function ruleName(kind: RevocationKind, value: string | undefined, issuer: string | undefined): RuleName {
  switch (kind) {
    case 'everything':
      refuseGiven(kind, value, issuer);
      return { kind, issuer: '', value: '' };
    case 'issuer':
      return { kind, issuer: onlyOne(value, issuer), value: '' };
    default:
      if (value === undefined) throw new CliError(`The id of the ${kind} is missing. Write it after the kind: ${kind} <value>.`);
      if (issuer === undefined)
        throw new CliError('--issuer is missing: write the issuer of the tokens, as in their claim "iss".');
      return { kind, issuer, value };
  }
}

/** Formats the target of a rule for messages. */
export function ruleNameText({ kind, issuer, value }: RuleName): string {
  if (kind === 'everything') return 'all tokens';
  return kind === 'issuer' ? `all tokens of ${printed(issuer)}` : `${kind} ${printed(value)} of ${printed(issuer)}`;
}

/** Returns the members of a rule as an application writes them: without empty strings. */
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
  if (found === undefined)
    throw new CliError('The issuer is missing. Write it after the kind, as in the claim "iss" of its tokens.');
  if (issuer !== undefined && issuer !== found) throw new CliError('Two different issuers are given: write one, after the kind.');
  return found;
}
