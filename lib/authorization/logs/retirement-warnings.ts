import type { IssuerSettings } from '../../authentication/index.js';

const DAY_MS = 86_400_000;
/** So many days before an old issuer ends, warnings begin. */
const WARN_DAYS = 30;

/**
 * Says which old issuers (`legacyIssuer`) end soon, have ended, or sign with a secret that can be guessed: at start and each day after it, since a process may run for longer than
 * warnings are early.
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
    if (days <= 0) return [`Tokens of the old issuer ${issuer} have not been accepted since ${until}. Take it out of "issuers".`];
    const ending = `Tokens of the old issuer ${issuer} are accepted for ${days} more ${days === 1 ? 'day' : 'days'}, until ${until}.`;
    return [...(days <= WARN_DAYS ? [ending] : []), ...(legacy.hasShortSecret ? [shortSecret(issuer)] : [])];
  });
}

function shortSecret(issuer: string): string {
  return `The secret of the old issuer ${issuer} is shorter than 32 bytes: who holds one of its tokens can guess it, and sign as anybody until "acceptUntil". Give the old service a longer one.`;
}
