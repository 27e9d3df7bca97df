import type { RevocationFeed, RevocationList } from '../../revocation/index.js';
import { unknownIssuer } from '../../revocation/index.js';
import { printed } from '../output/text-table.js';
import type { RuleName } from './rule-name.js';

/**
 * Returns warnings about the issuer of a rule for feeds that do not know the issuers of the services: a rule about an issuer that no service
 * accepts revokes nothing.
 * @param rules The rules of the feed before this one.
 */
export function issuerNotes({ kind, issuer }: RuleName, { name }: RevocationFeed, rules: RevocationList): readonly string[] {
  if (issuer === '') return [];
  const others = new Set<string>();
  for (const rule of rules.rules()) if (rule.issuer !== '') others.add(rule.issuer);
  const { meant, isSpelling = false } = unknownIssuer(issuer, [...others]) ?? {};
  if (isSpelling && meant !== undefined)
    return [
      `Other rules of the feed are about ${printed(meant)}. Services compare issuers letter by letter: is ${printed(issuer)} what their tokens carry in "iss"?`,
    ];
  if (kind !== 'issuer' || !name.startsWith('redis:')) return [];
  return [
    'The feed does not know which issuers the services accept. A service that does not accept this issuer logs that at level warn.',
  ];
}
