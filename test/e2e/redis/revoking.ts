import { principalFromClaims } from '../../../lib/core/index.js';
import type { RefusalReason } from '../../../lib/core/index.js';
import {
  parseRevocationSettings,
  Revocations,
  type RevocationEntry,
  type RevocationEvent,
  type RevocationFeed,
  type RevocationSetup,
} from '../../../lib/revocation/index.js';

const ISSUER = 'https://id.acme.test';

/** Lifetime of tokens, in seconds. */
const LIFETIME = 900;

/** The revocations of one service, and their events. */
export interface Revoking {
  readonly revocations: Revocations;
  readonly events: readonly RevocationEvent[];
  /** Why a token of this subject is refused, issued a minute ago unless its claims say otherwise. */
  check(subject: string, claims?: Readonly<Record<string, unknown>>): RefusalReason | undefined;
  /** The subjects whose tokens are refused as revoked. */
  refused(subjects: readonly string[]): readonly string[];
  /** Its events of one kind. */
  eventsOf<Kind extends RevocationEvent['kind']>(kind: Kind): readonly Extract<RevocationEvent, { kind: Kind }>[];
}

/** Starts a service with this feed. Resolves once it has started. Default: a poll interval longer than any test. */
export async function startRevoking(feed: RevocationFeed, setup: Omit<RevocationSetup, 'feed'> = {}): Promise<Revoking> {
  const terms = { issuer: ISSUER, maxTokenLifetimeSeconds: LIFETIME, clockToleranceSeconds: 5 };
  const events: RevocationEvent[] = [];
  const revocations = new Revocations(
    parseRevocationSettings({ pollIntervalSeconds: 3600, ...setup, feed }, terms),
    (event) => void events.push(event),
  );
  await revocations.start();
  const check: Revoking['check'] = (subject, claims = {}) => revocations.check(principal({ sub: subject, ...claims }));
  return {
    revocations,
    events,
    check,
    refused: (subjects) => subjects.filter((subject) => check(subject) === 'token_revoked'),
    eventsOf: <Kind extends RevocationEvent['kind']>(kind: Kind) =>
      events.filter((event): event is Extract<RevocationEvent, { kind: Kind }> => event.kind === kind),
  };
}

/** An entry as other programs write it: it revokes all tokens of the subject. */
export function entryOf(subject: string, more: Partial<RevocationEntry> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return JSON.stringify({
    act: 'revoke',
    kind: 'subject',
    issuer: ISSUER,
    value: subject,
    issuedUntil: now,
    expiresAt: now + LIFETIME,
    madeAt: now * 1000,
    ...more,
  });
}

/** An entry that expired two hours ago. */
export function endedEntryOf(subject: string): string {
  const then = Math.floor(Date.now() / 1000) - 7200;
  return entryOf(subject, { issuedUntil: then - LIFETIME, expiresAt: then, madeAt: (then - LIFETIME) * 1000 });
}

function principal(claims: Readonly<Record<string, unknown>>) {
  const now = Math.floor(Date.now() / 1000);
  return principalFromClaims(
    { iss: ISSUER, iat: now - 60, exp: now + LIFETIME, ...claims },
    { subject: String(claims['sub']), roles: [], maxRoles: 10, tenant: undefined, tokenPermissions: undefined },
  );
}
