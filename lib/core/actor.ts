import { ownClaim } from './claims/claim-path.js';
import { isRecord } from './options/options-check.js';
import { text } from './text.js';

/** Who acts for the subject of a token (`act`, RFC 8693 section 4.1). */
export interface Actor {
  /** `sub` of the actor; where it has none, its `client_id`. */
  readonly subject: string;
  /** `iss` of the actor; `undefined` where the claim does not say. */
  readonly issuer: string | undefined;
}

/** Longest chain that is read; what goes beyond is not told. */
const MAX_ACTORS = 10;

/** The chain of actors of a token, the current one first. Only that one matters for access; those before it are history. */
export function actorsOf(claims: Readonly<Record<string, unknown>>): readonly Actor[] {
  const actors: Actor[] = [];
  let act: unknown = ownClaim(claims, 'act');
  while (isRecord(act) && actors.length < MAX_ACTORS) {
    const subject = text(ownClaim(act, 'sub')) ?? text(ownClaim(act, 'client_id'));
    if (subject === undefined) break;
    actors.push(Object.freeze({ subject, issuer: text(ownClaim(act, 'iss')) }));
    act = ownClaim(act, 'act');
  }
  return Object.freeze(actors);
}
