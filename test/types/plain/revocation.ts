import type { Principal, RevocationRule, Revocations } from '../../../lib/index.js';
import type { RevocationFeed } from '../../../lib/ports/revocation-feed/index.js';

declare const revocations: Revocations;
declare const principal: Principal;

// What compiles.
void revocations.revoke({ kind: 'token', value: 'id', subject: 'carl', expiresAt: 1 });
void revocations.revoke({ kind: 'subject', value: 'carl', issuedUntil: 1, reason: 'left' });
void revocations.revoke({ kind: 'issuer' });
void revocations.revoke({ kind: 'everything' });
void revocations.revoke(revocations.ruleFor(principal, 'session'));
void revocations.restore(revocations.ruleFor(principal, 'session'));
void revocations.restore({ kind: 'everything' });
export const readOnly: RevocationFeed = {
  name: 'own',
  read: (since) => Promise.resolve({ entries: [], cursor: since ?? '', hasMore: false, isFromStart: since === undefined }),
};

// What does not.
export const rules: RevocationRule[] = [
  // @ts-expect-error a subject has to be named
  { kind: 'subject' },
  // @ts-expect-error an issuer is named by "issuer"
  { kind: 'issuer', value: 'https://id.acme.com' },
  // @ts-expect-error everything is not of one issuer
  { kind: 'everything', issuer: 'https://id.acme.com' },
  // @ts-expect-error one token has no cut-off
  { kind: 'token', value: 'id', issuedUntil: 1 },
  // @ts-expect-error there is no such kind
  { kind: 'user', value: 'carl' },
  // @ts-expect-error a moment is in seconds since 1970
  { kind: 'subject', value: 'carl', issuedUntil: new Date() },
];
