import type { IssuerSettings } from '../authentication/index.js';

const DAY_MS = 86_400_000;
/** So many days before an old issuer ends, starts warn. */
const WARN_DAYS = 30;

/** Says which old issuers (`legacyIssuer`) end soon, or have ended. */
export function retirementWarnings(issuers: readonly IssuerSettings[], nowMs: number): readonly string[] {
  return issuers.flatMap(({ issuer, legacy }) => {
    if (legacy === undefined) return [];
    const until = new Date(legacy.acceptUntil).toISOString();
    const days = Math.ceil((legacy.acceptUntil - nowMs) / DAY_MS);
    if (days <= 0) return [`Tokens of the old issuer ${issuer} have not been accepted since ${until}. Take it out of "issuers".`];
    return days <= WARN_DAYS ? [`Tokens of the old issuer ${issuer} are accepted for ${days} more days, until ${until}.`] : [];
  });
}
