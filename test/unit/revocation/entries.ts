import type { RevocationEntry } from '../../../lib/revocation/index.js';
import type { TokenFacts } from '../../../lib/revocation/rules/token-facts.js';

export const ISSUER = 'https://id.acme.test';

/** A rule about a subject's tokens issued up to second 1000, made at that time. */
export const revoke = (more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  act: 'revoke',
  kind: 'subject',
  issuer: ISSUER,
  value: 'carl',
  issuedUntil: 1000,
  expiresAt: 2000,
  madeAt: 1_000_000,
  ...more,
});

/** Restores a rule. */
export const restore = (more: Partial<RevocationEntry> = {}): RevocationEntry => ({
  ...revoke(more),
  act: 'restore',
  issuedUntil: undefined,
  ...more,
});

/** A rule about one token. */
export const revokeToken = (value: string, more: Partial<RevocationEntry> = {}): RevocationEntry => {
  const entry: Partial<RevocationEntry> = revoke({ kind: 'token', value, ...more });
  delete (entry as { issuedUntil?: number }).issuedUntil;
  return entry as RevocationEntry;
};

/** A token of carl, issued at second 900. */
export const token = (more: Partial<TokenFacts> = {}): TokenFacts => ({
  issuer: ISSUER,
  token: 'token-1',
  session: 'session-1',
  subject: 'carl',
  client: 'web',
  tenant: 'acme',
  issuedAt: 900,
  ...more,
});
