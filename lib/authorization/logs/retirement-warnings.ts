import type { IssuerSettings } from '../../authentication/index.js';

const DAY_MS = 86_400_000;
/** Days before the end of an old issuer at which warnings begin. */
const WARN_DAYS = 30;

/**
 * Warns of old issuers (`legacyIssuer`) that are accepted for less than 30 days, are no longer accepted, or sign with a secret that can be guessed.
 * Warns at start and daily, because a process may run for longer than 30 days.
 */
export class RetirementWarnings {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly issuers: readonly IssuerSettings[],
    private readonly warn: (warning: string) => void,
  ) {}

  start(): void {
    this.warnAll();
    this.timer = setInterval(() => this.warnAll(), DAY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private warnAll(): void {
    for (const warning of warnings(this.issuers, Date.now())) this.warn(warning);
  }
}

function warnings(issuers: readonly IssuerSettings[], nowMs: number): readonly string[] {
  return issuers.flatMap(({ issuer, legacy }) => {
    if (legacy === undefined) return [];
    const until = new Date(legacy.acceptUntil).toISOString();
    const days = Math.ceil((legacy.acceptUntil - nowMs) / DAY_MS);
    if (days <= 0) return [`Tokens of the old issuer ${issuer} have not been accepted since ${until}. Remove it from "issuers".`];
    const ending = `Tokens of the old issuer ${issuer} are accepted for ${days} more ${days === 1 ? 'day' : 'days'}, until ${until}.`;
    return [...(days <= WARN_DAYS ? [ending] : []), ...(legacy.hasShortSecret ? [shortSecret(issuer)] : [])];
  });
}

function shortSecret(issuer: string): string {
  return `The secret of the old issuer ${issuer} is shorter than 32 bytes: anyone with one of its tokens can guess it and sign tokens for any user until "acceptUntil". Give the old service a longer secret.`;
}
