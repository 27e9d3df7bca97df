import { ownClaim } from './claims/claim-path.js';
import { isRecord } from './options/read-options.js';
import { text } from './text.js';

/** Who acts for the subject of a token (`act`, RFC 8693 section 4.1). */
export interface Actor {
  /** `sub` of the actor, or its `client_id` if there is no `sub`. */
  readonly subject: string;
  /** `iss` of the actor; `undefined` if the claim has none. */
  readonly issuer: string | undefined;
}

/** Most actors read from one token. Actors beyond this number are dropped. */
const MAX_ACTORS = 10;

/** Reads the chain of actors of a token, the current actor first. Only the current actor matters for access; earlier actors are history. */
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
