import type { KeyStore } from '../../../authentication/index.js';
import { AuthzLogger, RepeatedWarnings } from '../../../authorization/index.js';
import { messageOf, ownClaim, shown } from '../../../core/index.js';
import { inTime } from '../../../network/remote/index.js';
import type { RevocationRule, Revocations } from '../../../revocation/index.js';
import { targetOf, revokedIssuer, type RuleTarget } from './rule-target.js';
import { meaningOf, type EventMeaning } from './event-meaning.js';
import { transmitterKeys } from '../tokens/receiver-keys.js';
import { revocationsInUse, warnIfNotShared, type ReceiverHost, type ReceiverTarget } from '../tokens/revocations-in-use.js';
import { eventOf, PUSHED_TOKEN_SECONDS } from './security-event-token.js';
import type { SharedSignalsSettings } from './shared-signals-settings.js';
import type { SharedSignalsStatus } from './shared-signals-status.interface.js';
import type { SubjectIdentifier } from './subject-identifier.js';
import { FAULTS } from '../tokens/token-fault.js';
import { DONE, type Outcome } from '../tokens/outcome.js';
import { TokenReceiver } from '../tokens/token-receiver.js';
import { TokenVerifier, type TokenKind, type VerifiedToken } from '../tokens/token-verifier.js';
import { revokeTokens } from '../tokens/revoke-tokens.js';

/** Longest `by` of a rule, in characters. */
const MAX_NAME_LENGTH = 200;
/** Timeout of the application's option `subject`, in milliseconds. */
const SUBJECT_TIMEOUT_MS = 5000;

type RevokeMeaning = Extract<EventMeaning, { readonly kind: 'revoke' }>;

/** Handles the security events of one transmitter, and revokes the tokens that they end. Inject it to read the state of the stream. */
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
   * @param module Name of the module, for messages.
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
      // Until the token is too old, even if the clocks differ.
      PUSHED_TOKEN_SECONDS + 600,
      (message) => this.warnings.warn(message),
    );
  }

  status(): SharedSignalsStatus {
    return { ...this.counts, lastVerification: this.lastVerification };
  }

  /** @internal @throws AuthzConfigError if the application cannot revoke tokens, or accepts none of this issuer. */
  check(): void {
    warnIfNotShared(revocationsInUse(this.host, this.target), this.module, this.logger);
  }

  private get target(): ReceiverTarget {
    const { tokenIssuer, issuer } = this.settings;
    const named = revokedIssuer({ tokenIssuer, issuer: issuer.issuer });
    return { module: this.module, issuer: named, option: tokenIssuer === undefined ? 'issuer' : 'tokenIssuer' };
  }

  /** @internal Starts to fetch the keys, without waiting for them. */
  start(): void {
    this.keys.start();
  }

  /** @internal */
  stop(): void {
    this.stopped.abort();
    this.keys.stop();
  }

  /** @internal Never rejects. @param jti Id under which the token is delivered, if the delivery has one. */
  async receive(token: string, jti?: string): Promise<Outcome> {
    const outcome = await this.receiver.receive(token, jti);
    if (outcome.kind === 'done') this.counts.received++;
    // A delivery with an id is repeated until it is acknowledged, so a replay is no news.
    else if (outcome.kind === 'refused' && (jti === undefined || outcome.fault !== 'replayed')) this.noteRefused(outcome.fault);
    return outcome;
  }

  /** @internal Refuses a token that was to be delivered again, after too many attempts. */
  giveUp(fault: keyof typeof FAULTS): void {
    this.noteRefused(fault);
  }

  private noteRefused(fault: keyof typeof FAULTS): void {
    this.counts.refused++;
    this.warnings.warn(
      `Refused a security event that names the issuer ${this.settings.issuer.issuer}. ${FAULTS[fault].description}`,
    );
  }

  private async handle(token: VerifiedToken): Promise<Outcome> {
    const event = eventOf(token.claims);
    if (event === undefined) return { kind: 'refused', fault: 'events' };
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'revoke':
        return this.revoke(token, event.payload, meaning);
      case 'faulty':
        return { kind: 'refused', fault: 'event' };
      case 'verification':
        this.noteVerification(meaning.state);
        break;
      case 'stream':
        this.logger.warn(`The event stream of ${this.settings.issuer.issuer} is now ${shown(meaning.status)}`);
        break;
      case 'unknown':
        this.counts.unknownEvents++;
        this.logger.debug(`Acknowledged without effect: an event of the unknown type ${shown(event.type)}`);
        break;
      case 'nothing':
        break;
    }
    return DONE;
  }

  private noteVerification(state: unknown): void {
    this.lastVerification = { at: Date.now(), state: typeof state === 'string' ? state : undefined };
    this.logger.log(`The event stream of ${this.settings.issuer.issuer} works: its verification event arrived`);
  }

  private async revoke(
    { claims, issuedAt }: VerifiedToken,
    payload: Readonly<Record<string, unknown>>,
    { isOfSession, reason }: RevokeMeaning,
  ): Promise<Outcome> {
    const {
      tokenIssuer,
      issuer: { issuer },
    } = this.settings;
    const identifier = ownClaim(claims, 'sub_id');
    const translated = new Set<string>();
    const subject = async (of: SubjectIdentifier) => {
      const found = await this.subjectOf(of);
      if (found !== undefined) translated.add(found);
      return found;
    };
    const revocations = revocationsInUse(this.host, this.target);
    const isBySub = this.settings.subject === undefined && revocations.inUse().settings.subjectClaim === undefined;
    const target = await targetOf(identifier, isOfSession, { tokenIssuer, issuer, subject, isBySub });
    if (target === 'faulty') return { kind: 'refused', fault: 'subject' };
    if (target === undefined) return this.acknowledgeUnknown(identifier);
    if ('foreign' in target) return this.acknowledgeForeign(target.foreign);
    this.warnIfIneffective(target, revocations);
    if (target.kind === 'subject' && !translated.has(target.value)) this.warnUnnamed(revocations);
    return revokeTokens(revocations, ruleOf(target, { issuedUntil: cutOff(payload, issuedAt), reason, by: issuer }), issuedAt);
  }

  private acknowledgeForeign(named: string): Outcome {
    this.counts.unknownSubjects++;
    const { issuer } = this.target;
    this.warnings.warn(
      `A security event was acknowledged without effect: it names a subject of ${shown(named)}, but this module revokes tokens of ` +
        `${shown(issuer)}. To revoke that issuer's access tokens, write tokenIssuer: ${shown(named)}; or set the option "subject" to a function that finds the subject.`,
      'foreign',
    );
    return DONE;
  }

  private warnUnnamed(revocations: Revocations): void {
    const { subjectClaim } = revocations.inUse().settings;
    if (subjectClaim === undefined) return;
    this.warnings.warn(
      `A security event named its subject by "sub", but rules match the claim ${shown(subjectClaim.join('.'))} ("revocation.subjectClaim"): it ` +
        `revokes nothing if access tokens have that claim. Set the option "subject" to a function that returns the claim's value.`,
      'no subject claim',
    );
  }

  private acknowledgeUnknown(identifier: unknown): Outcome {
    this.counts.unknownSubjects++;
    const format = shown((identifier as SubjectIdentifier).format);
    this.warnings.warn(
      `A security event was acknowledged without effect: its identifier (format ${format}) matches no known user. ` +
        (this.settings.subject === undefined
          ? 'Set the option "subject" to a function that returns the subject of the access tokens.'
          : 'The option "subject" returned undefined.'),
      `unknown ${format}`,
    );
    return DONE;
  }

  private warnIfIneffective({ kind, issuer = '' }: RuleTarget, revocations: Revocations): void {
    if (kind !== 'session' || revocations.hasSeenSession(issuer)) return;
    this.warnings.warn(
      `A session was revoked, but this process has seen no access token of ${shown(issuer)} with a session id ("sid"): if its tokens have ` +
        `none, the event revokes nothing. Configure the issuer to add "sid" to them, or the transmitter to send "user" only.`,
      'no sid',
    );
  }

  /** @throws Error if the application's function fails, or returns anything else than a string or undefined. */
  private async subjectOf(identifier: SubjectIdentifier): Promise<string | undefined> {
    const { subject } = this.settings;
    if (subject === undefined) return undefined;
    const found: unknown = await inTime(async () => subject(identifier), SUBJECT_TIMEOUT_MS, this.stopped.signal).catch(
      (error: unknown) => {
        throw new Error(`"subject" failed: ${messageOf(error)}`, { cause: error });
      },
    );
    if (found === undefined || (typeof found === 'string' && found !== '')) return found;
    throw new Error('"subject" must return a string, or undefined for an unknown user');
  }
}

/** A rule that affects many users has the transmitter in `by`. */
function ruleOf(
  target: RuleTarget,
  { issuedUntil, reason, by }: { readonly issuedUntil: number; readonly reason: string; readonly by: string },
): RevocationRule {
  if (target.kind === 'token') return { ...target, reason };
  return { ...target, issuedUntil, reason, ...(target.kind === 'tenant' && { by: by.slice(0, MAX_NAME_LENGTH) }) };
}

/** Earliest plausible event, in seconds since 1970: there was no CAEP before 2000. */
const EARLIEST_EVENT = Date.UTC(2000) / 1000;

/** Time of the event (CAEP 1.0 section 2), in seconds. A time after the token's `iat` is in milliseconds or invalid, and so is a very old one. */
function cutOff(payload: Readonly<Record<string, unknown>>, issuedAt: number): number {
  const at = ownClaim(payload, 'event_timestamp');
  return typeof at === 'number' && at >= EARLIEST_EVENT && at <= issuedAt ? at : issuedAt;
}
