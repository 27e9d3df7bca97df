import { setImmediate } from 'node:timers/promises';
import { AuthzLogger } from '../../../authorization/index.js';
import { messageOf } from '../../../core/index.js';
import { REVOCATIONS_TYPE, signerSettings, signRevocations, type BundleSigner } from '../../../sources/http-bundle/index.js';
import { serializeEntry, type RevocationEvent, type Revocations } from '../../../revocation/index.js';
import { Confirmations } from '../responses/confirmations.js';
import { tagged, type SignedText } from '../responses/signed-text.js';

/** The rules as they are published. */
interface PublishedList extends SignedText {
  readonly sequence: number;
}

/** Rules that come within this time are published together, in milliseconds. */
const SETTLE_MS = 5;
/** Time between two publications, in milliseconds. */
const PAUSE_MS = 250;
/** So many times what a publication takes passes before the next: at most a tenth of the time is spent on them. */
const PAUSE_FACTOR = 9;
/** Most entries written as text before requests have their turn. */
const BATCH = 2000;
/** Signed anew after this time, in milliseconds (an hour), so that what has ended is no longer in it. */
const RENEW_MS = 3_600_000;

const CHANGES: ReadonlySet<RevocationEvent['kind']> = new Set(['revoked', 'restored', 'coarsened']);

const logger = new AuthzLogger('Authz');

/** Signs the rules in force whenever they have changed, a few times a second at most. */
export class RevocationPublisher {
  private published: PublishedList | undefined;
  private sequence = 0;
  private readonly confirmations: Confirmations;
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private isDue = false;
  /** Since when something is in force that is not published, in milliseconds since 1970. */
  private pendingSince: number | undefined;
  private isStopped = false;
  /** On the clock of this process. */
  private notBefore = 0;
  private ends: readonly (() => void)[] = [];

  constructor(
    private readonly revocations: Revocations,
    private readonly signer: BundleSigner,
    /** Told once something new is published. */
    private readonly changed: () => void,
  ) {
    this.confirmations = new Confirmations(REVOCATIONS_TYPE, signerSettings(signer));
  }

  /** Publishes what there is, and then whatever changes. */
  async start(): Promise<void> {
    const end = this.revocations.subscribe(({ kind }) => {
      if (CHANGES.has(kind)) this.publishSoon();
    });
    const renewal = setInterval(() => this.publishSoon(), RENEW_MS).unref();
    this.ends = [end, () => clearInterval(renewal)];
    await this.publish();
  }

  /** What is published stays. */
  stop(): void {
    this.isStopped = true;
    for (const end of this.ends) end();
    clearTimeout(this.timer);
  }

  /** What is published now; `undefined` while the rules themselves have not come. */
  get current(): PublishedList | undefined {
    return this.published;
  }

  /** The signed statement that what is published is current: as far as the rules are known here themselves, and no rule waits to be published. */
  confirm({ sequence }: PublishedList): Promise<string> {
    return this.confirmations.of(sequence, Math.min(this.revocations.asOf(), this.pendingSince ?? Infinity));
  }

  private publishSoon(): void {
    this.isDue = true;
    this.pendingSince ??= Date.now();
    if (this.isBusy || this.isStopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.publish(), Math.max(SETTLE_MS, this.notBefore - performance.now())).unref();
  }

  private async publish(): Promise<void> {
    this.timer = undefined;
    this.isBusy = true;
    this.isDue = false;
    const since = performance.now();
    const startedAt = Date.now();
    try {
      // A service that is given no rules because none have come yet would take it that there are none.
      if (this.revocations.status().ready) {
        await this.publishNext();
        this.pendingSince = this.hasMore() ? startedAt : undefined;
      } else this.isDue = true;
    } catch (error) {
      this.isDue = true;
      logger.error(`The revocations cannot be published; what was published before stays. ${messageOf(error)}`);
    }
    const now = performance.now();
    this.notBefore = now + Math.max(PAUSE_MS, PAUSE_FACTOR * (now - since));
    this.isBusy = false;
    if (this.isDue) this.publishSoon();
  }

  /** Whether something has changed meanwhile. */
  private hasMore(): boolean {
    return this.isDue;
  }

  /** The time of day lets the sequence grow across restarts, without a place to keep it. */
  private async publishNext(): Promise<void> {
    const sequence = Math.max(this.sequence + 1, Date.now());
    this.sequence = sequence;
    // Rules that this application has from a feed which it has not heard since are no newer for being signed now.
    const issuedAt = new Date(Math.max(0, this.revocations.asOf()));
    const entries = await this.entryTexts();
    this.published = { ...tagged(await signRevocations(entries, { ...this.signer, issuedAt, sequence })), sequence };
    this.changed();
  }

  /**
   * What changes meanwhile has another publication follow. What stands in for rules that found no place here is published in their place: a service that
   * starts now hears of them from nobody else.
   */
  private async entryTexts(): Promise<readonly string[]> {
    const texts: string[] = [];
    for (const entry of this.revocations.entries()) {
      if (texts.push(serializeEntry(entry)) % BATCH === 0) await setImmediate();
    }
    return texts;
  }
}
