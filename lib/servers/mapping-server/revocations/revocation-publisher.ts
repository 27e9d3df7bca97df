import { setImmediate } from 'node:timers/promises';
import { AuthzLogger } from '../../../authorization/index.js';
import { messageOf } from '../../../core/index.js';
import { REVOCATIONS_TYPE, signerSettings, signRevocations, type BundleSigner } from '../../../sources/http-bundle/index.js';
import { serializeEntry, type RevocationEvent, type Revocations } from '../../../revocation/index.js';
import { Confirmations } from '../responses/confirmations.js';
import { tagged, type SignedDocument } from '../responses/signed-document.js';

/** The published rules. */
interface PublishedList extends SignedDocument {
  readonly sequence: number;
}

/** Time for which rules are collected before a publication, in milliseconds. */
const SETTLE_MS = 5;
/** Shortest time between two publications, in milliseconds. */
const PAUSE_MS = 250;
/** Wait at least this many times the duration of the last publication, so that publishing takes at most a tenth of the time. */
const PAUSE_FACTOR = 9;
/** Entries serialized in one turn of the event loop. */
const BATCH = 2000;
/** Time after which the list is signed anew, in milliseconds (an hour), to drop expired rules. */
const RENEW_MS = 3_600_000;

const CHANGES: ReadonlySet<RevocationEvent['kind']> = new Set(['revoked', 'restored', 'coarsened']);

const logger = new AuthzLogger('Authz');

/** Signs the rules in force whenever they have changed, at most a few times a second. */
export class RevocationPublisher {
  private published: PublishedList | undefined;
  private sequence = 0;
  private readonly confirmations: Confirmations;
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private isDue = false;
  /** Since when a rule is in force that is not published yet, in milliseconds since 1970. */
  private pendingSince: number | undefined;
  private isStopped = false;
  /** Earliest time of the next publication, on the monotonic clock. */
  private notBefore = 0;
  private ends: readonly (() => void)[] = [];

  constructor(
    private readonly revocations: Revocations,
    private readonly signer: BundleSigner,
    /** Called once something new is published. */
    private readonly changed: () => void,
  ) {
    this.confirmations = new Confirmations(REVOCATIONS_TYPE, signerSettings(signer));
  }

  /** Publishes the current rules, and then every change. */
  async start(): Promise<void> {
    const end = this.revocations.subscribe(({ kind }) => {
      if (CHANGES.has(kind)) this.publishSoon();
    });
    const renewal = setInterval(() => this.publishSoon(), RENEW_MS).unref();
    this.ends = [end, () => clearInterval(renewal)];
    await this.publish();
  }

  /** Stops publishing. What is published stays. */
  stop(): void {
    this.isStopped = true;
    for (const end of this.ends) end();
    clearTimeout(this.timer);
  }

  /** The published list; `undefined` until the rules are loaded. */
  get current(): PublishedList | undefined {
    return this.published;
  }

  /** Signs a statement that the published list is current, up to the age of the rules held here, and before any rule that waits to be published. */
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
      // An empty list before the rules are loaded would look like "there are no rules".
      if (this.revocations.status().ready) {
        await this.publishNext();
        this.pendingSince = this.hasMore() ? startedAt : undefined;
      } else this.isDue = true;
    } catch (error) {
      this.isDue = true;
      logger.error(`The revocations could not be published; the previous list stays published. ${messageOf(error)}`);
    }
    const now = performance.now();
    this.notBefore = now + Math.max(PAUSE_MS, PAUSE_FACTOR * (now - since));
    this.isBusy = false;
    if (this.isDue) this.publishSoon();
  }

  /** Whether something has changed since the last publication. */
  private hasMore(): boolean {
    return this.isDue;
  }

  /** The sequence is the time of day, so that it grows across restarts without being stored. */
  private async publishNext(): Promise<void> {
    const sequence = Math.max(this.sequence + 1, Date.now());
    this.sequence = sequence;
    // Signing does not make rules newer: if the feed of this application is unreachable, they are as old as its last contact.
    const issuedAt = new Date(Math.max(0, this.revocations.asOf()));
    const entries = await this.serializedEntries();
    this.published = { ...tagged(await signRevocations(entries, { ...this.signer, issuedAt, sequence })), sequence };
    this.changed();
  }

  /**
   * Serializes the entries. A change meanwhile causes another publication. Stand-ins are published as rules in place of those they replaced: a
   * service that starts now has no other source of them.
   */
  private async serializedEntries(): Promise<readonly string[]> {
    const serialized: string[] = [];
    for (const entry of this.revocations.entries()) {
      if (serialized.push(serializeEntry(entry)) % BATCH === 0) await setImmediate();
    }
    return serialized;
  }
}
