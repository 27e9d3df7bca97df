import type { RevocationFeed, RevocationList } from '../../revocation/index.js';
import { unknownIssuer } from '../../revocation/index.js';
import { printed } from '../output/text-table.js';
import type { RuleName } from './rule-name.js';

/**
 * What the command line can say about the issuer of a rule, where the feed itself knows none: a rule about an issuer that no service has withdraws
 * nothing, though the feed has it.
 * @param rules What the feed had before.
 */
export function issuerNotes({ kind, issuer }: RuleName, { name }: RevocationFeed, rules: RevocationList): readonly string[] {
  if (issuer === '') return [];
  const others = new Set<string>();
  for (const rule of rules.rules()) if (rule.issuer !== '') others.add(rule.issuer);
  const { meant, isSpelling = false } = unknownIssuer(issuer, [...others]) ?? {};
  if (isSpelling && meant !== undefined)
    return [
      `Other rules there are about ${printed(meant)}. Services compare issuers letter by letter: is ${printed(issuer)} what their tokens carry in "iss"?`,
    ];
  if (kind !== 'issuer' || !name.startsWith('redis:')) return [];
  return [
    'Which issuers the services accept is not known here. One that does not accept this one says so in its log, at level warn.',
  ];
}
