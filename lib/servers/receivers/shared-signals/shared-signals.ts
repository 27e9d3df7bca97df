import type { KeyStore } from '../../../authentication/index.js';
import { AuthzLogger, RepeatedWarnings } from '../../../authorization/index.js';
import { messageOf, ownClaim, shown } from '../../../core/index.js';
import { inTime } from '../../../network/remote/index.js';
import type { RevocationRule, Revocations } from '../../../revocation/index.js';
import { holderOf, withdrawnIssuer, type EventHolder } from './event-holder.js';
import { meaningOf, type EventMeaning } from './event-meaning.js';
import { transmitterKeys } from '../tokens/receiver-keys.js';
import { revocationsInUse, warnIfUnspread, type ReceiverHost, type ReceiverTarget } from '../tokens/revocations-in-use.js';
import { eventOf, PUSHED_TOKEN_SECONDS } from './security-event-token.js';
import type { SharedSignalsSettings } from './shared-signals-settings.js';
import type { SharedSignalsStatus } from './shared-signals-status.interface.js';
import type { SubjectIdentifier } from './subject-identifier.js';
import { FAULTS } from '../tokens/token-fault.js';
import { DONE, TokenReceiver, type Outcome } from '../tokens/token-receiver.js';
import { TokenVerifier, type TokenKind, type VerifiedToken } from '../tokens/token-verifier.js';
import { withdraw } from '../tokens/withdraw.js';

/** Longest name of who made a rule, in characters. */
const MAX_NAME_LENGTH = 200;
/** How long the application may take to find whom an identifier means, in milliseconds. */
const SUBJECT_TIMEOUT_MS = 5000;

type Withdrawal = Extract<EventMeaning, { readonly kind: 'withdraw' }>;

/** Hears of security events from one transmitter, and withdraws the tokens that they end. Inject it to see how the stream does. */
export class SharedSignals {
  private readonly logger = new AuthzLogger('SharedSignals');
  private readonly warnings = new RepeatedWarnings((line) => this.logger.warn(line));
  private readonly stopped = new AbortController();
  private readonly keys: KeyStore;
  private readonly receiver: TokenReceiver;
  private readonly counts = { received: 0, refused: 0, unknownEvents: 0, unknownSubjects: 0 };
  private lastVerification: SharedSignalsStatus['lastVerification'];

  /**
   * @internal Made by its module.
   * @param module Names it in messages.
   */
  constructor(
    private readonly settings: SharedSignalsSettings,
    kind: TokenKind,
    private readonly host: ReceiverHost,
    private readonly module: string,
  ) {
    const { issuer, audience } = settings;
    this.keys = transmitterKeys(issuer, this.logger);
    const verifier = new TokenVerifier(kind, { ...issuer, audience }, this.keys);
    this.receiver = new TokenReceiver(
      verifier,
      (token) => this.handle(token),
      // Until it is too old, however far apart the clocks are.
      PUSHED_TOKEN_SECONDS + 600,
      (message) => this.warnings.warn(message),
    );
  }

  status(): SharedSignalsStatus {
    return { ...this.counts, lastVerification: this.lastVerification };
  }

  /** @internal @throws AuthzConfigError if the application withdraws no tokens, or none of this issuer. */
  check(): void {
    warnIfUnspread(revocationsInUse(this.host, this.target), this.module, this.logger);
  }

  private get target(): ReceiverTarget {
    const { tokenIssuer, issuer } = this.settings;
    const named = withdrawnIssuer({ tokenIssuer, issuer: issuer.issuer });
    return { module: this.module, issuer: named, option: tokenIssuer === undefined ? 'issuer' : 'tokenIssuer' };
  }

  /** @internal Fetches the keys, beside the first requests. */
  start(): void {
    this.keys.start();
  }

  /** @internal */
  stop(): void {
    this.stopped.abort();
    this.keys.stop();
  }

  /** @internal Never rejects. @param jti The id under which the token is delivered, where the delivery names one. */
  async receive(token: string, jti?: string): Promise<Outcome> {
    const outcome = await this.receiver.receive(token, jti);
    if (outcome.kind === 'done') this.counts.received++;
    // Under its id a token is delivered until it is acknowledged, so there a second time is nothing to tell.
    else if (outcome.kind === 'refused' && (jti === undefined || outcome.fault !== 'replayed')) this.noteRefused(outcome.fault);
    return outcome;
  }

  /** @internal A token is refused after all that was to be delivered again for long. */
  giveUp(fault: keyof typeof FAULTS): void {
    this.noteRefused(fault);
  }

  private noteRefused(fault: keyof typeof FAULTS): void {
    this.counts.refused++;
    this.warnings.warn(
      `A security event, said to be of ${this.settings.issuer.issuer}, was refused. ${FAULTS[fault].description}`,
    );
  }

  private async handle(token: VerifiedToken): Promise<Outcome> {
    const event = eventOf(token.claims);
    if (event === undefined) return { kind: 'refused', fault: 'events' };
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'withdraw':
        return this.withdraw(token, event.payload, meaning);
      case 'faulty':
        return { kind: 'refused', fault: 'event' };
      case 'verification':
        this.noteVerification(meaning.state);
        break;
      case 'stream':
        this.logger.warn(`The stream of ${this.settings.issuer.issuer} is now ${shown(meaning.status)}`);
        break;
      case 'unknown':
        this.counts.unknownEvents++;
        this.logger.debug(`Acknowledged without effect: an event of type ${shown(event.type)}`);
        break;
      case 'nothing':
        break;
    }
    return DONE;
  }

  private noteVerification(state: unknown): void {
    this.lastVerification = { at: Date.now(), state: typeof state === 'string' ? state : undefined };
    this.logger.log(`The stream of ${this.settings.issuer.issuer} is verified`);
  }

  private async withdraw(
    { claims, issuedAt }: VerifiedToken,
    payload: Readonly<Record<string, unknown>>,
    { isOfSession, reason }: Withdrawal,
  ): Promise<Outcome> {
    const {
      tokenIssuer,
      issuer: { issuer },
    } = this.settings;
    const identifier = ownClaim(claims, 'sub_id');
    const translated = new Set<string>();
    const subject = async (of: SubjectIdentifier) => {
      const answer = await this.subjectOf(of);
      if (answer !== undefined) translated.add(answer);
      return answer;
    };
    const revocations = revocationsInUse(this.host, this.target);
    const isBySub = this.settings.subject === undefined && revocations.inUse().settings.subjectClaim === undefined;
    const holder = await holderOf(identifier, isOfSession, { tokenIssuer, issuer, subject, isBySub });
    if (holder === 'faulty') return { kind: 'refused', fault: 'holder' };
    if (holder === undefined) return this.acknowledgeUnknown(identifier);
    if ('foreign' in holder) return this.acknowledgeForeign(holder.foreign);
    this.warnIfIneffective(holder, revocations);
    if (holder.kind === 'subject' && !translated.has(holder.value)) this.warnUnnamed(revocations);
    return withdraw(revocations, ruleOf(holder, { issuedUntil: cutOff(payload, issuedAt), reason, by: issuer }), issuedAt);
  }

  private acknowledgeForeign(named: string): Outcome {
    this.counts.unknownSubjects++;
    const { issuer } = this.target;
    this.warnings.warn(
      `A security event was acknowledged without effect: it names somebody at ${shown(named)}, and the tokens withdrawn here are those of ` +
        `${shown(issuer)}. If that is whose access tokens are meant, write tokenIssuer: ${shown(named)}; or write the option "subject", which finds them.`,
      'foreign',
    );
    return DONE;
  }

  private warnUnnamed(revocations: Revocations): void {
    const { subjectClaim } = revocations.inUse().settings;
    if (subjectClaim === undefined) return;
    this.warnings.warn(
      `A security event named its subject by "sub", but rules name subjects by ${shown(subjectClaim.join('.'))} ("revocation.subjectClaim"): it ` +
        `withdraws nothing where access tokens carry that claim. Write the option "subject", which translates the one into the other.`,
      'no subject claim',
    );
  }

  private acknowledgeUnknown(identifier: unknown): Outcome {
    this.counts.unknownSubjects++;
    const format = shown((identifier as SubjectIdentifier).format);
    this.warnings.warn(
      `A security event was acknowledged without effect: nobody is known by its identifier of the format ${format}. ` +
        (this.settings.subject === undefined
          ? 'Write the option "subject", which finds whose access tokens are meant.'
          : 'The option "subject" answered nobody.'),
      `unknown ${format}`,
    );
    return DONE;
  }

  private warnIfIneffective({ kind, issuer = '' }: EventHolder, revocations: Revocations): void {
    if (kind !== 'session' || revocations.hasSeenSession(issuer)) return;
    this.warnings.warn(
      `A session was revoked, but no access token of ${shown(issuer)} that names a session ("sid") was seen in this process: if its tokens carry ` +
        `none, the event withdraws nothing. Have the issuer put "sid" into them, or the transmitter send "user" alone.`,
      'no sid',
    );
  }

  /** @throws Error if the application's function fails, or answers no text. */
  private async subjectOf(identifier: SubjectIdentifier): Promise<string | undefined> {
    const { subject } = this.settings;
    if (subject === undefined) return undefined;
    const answer: unknown = await inTime(async () => subject(identifier), SUBJECT_TIMEOUT_MS, this.stopped.signal).catch(
      (error: unknown) => {
        throw new Error(`"subject" failed: ${messageOf(error)}`, { cause: error });
      },
    );
    if (answer === undefined || (typeof answer === 'string' && answer !== '')) return answer;
    throw new Error('"subject" must answer a text, or undefined where nobody is known');
  }
}

/** A rule that concerns many says by whom it was made. */
function ruleOf(
  holder: EventHolder,
  { issuedUntil, reason, by }: { readonly issuedUntil: number; readonly reason: string; readonly by: string },
): RevocationRule {
  if (holder.kind === 'token') return { ...holder, reason };
  return { ...holder, issuedUntil, reason, ...(holder.kind === 'tenant' && { by: by.slice(0, MAX_NAME_LENGTH) }) };
}

/** No event is older, in seconds since 1970: before 2000 there was nobody to tell of it. */
const EARLIEST_EVENT = Date.UTC(2000) / 1000;

/** When it happened (CAEP 1.0 section 2), in seconds. One after the token was issued is in milliseconds, or nonsense, and so is a very old one. */
function cutOff(payload: Readonly<Record<string, unknown>>, issuedAt: number): number {
  const at = ownClaim(payload, 'event_timestamp');
  return typeof at === 'number' && at >= EARLIEST_EVENT && at <= issuedAt ? at : issuedAt;
}
