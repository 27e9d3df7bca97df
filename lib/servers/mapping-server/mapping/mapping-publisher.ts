import { AuthzLogger } from '../../../authorization/index.js';
import { messageOf } from '../../../core/index.js';
import { BUNDLE_TYPE, signBundle, signerSettings } from '../../../sources/http-bundle/index.js';
import { MappingStore, toDocument, type MappingEvent, type MappingSnapshot } from '../../../mapping/index.js';
import { Confirmations } from '../responses/confirmations.js';
import { ExpiryWatch } from './expiry-watch.js';
import type { MappingServerSettings } from './mapping-server-settings.js';
import type { PublishedBundle } from './published-bundle.interface.js';
import { tagged } from '../responses/signed-document.js';

const logger = new AuthzLogger('Authz');

/** Signs each new revision of the mapping and keeps the latest ones. While the source fails, the last good one stays published. */
export class MappingPublisher {
  private readonly store: MappingStore;
  /** Newest first. */
  private published: readonly PublishedBundle[] = [];
  private publishing = Promise.resolve();
  private readonly confirmations: Confirmations;
  private renewal: NodeJS.Timeout | undefined;
  private readonly expiryWatch = new ExpiryWatch((end) => this.warnOfExpiry(end));
  private isStopped = false;

  constructor(
    private readonly settings: MappingServerSettings,
    /** Called once a new revision is published. */
    private readonly changed: () => void,
  ) {
    this.store = new MappingStore(
      settings.source,
      (event) => this.hear(event),
      () => this.publishAside(),
    );
    this.confirmations = new Confirmations(BUNDLE_TYPE, signerSettings(settings.signing));
  }

  /** @throws MappingError if the first document cannot be used, unless the source may start without one. */
  async start(): Promise<void> {
    await this.store.start();
    await this.publishNext();
  }

  /** Stops following the source. What is published stays. */
  stop(): void {
    this.isStopped = true;
    this.store.stop();
    clearTimeout(this.renewal);
    this.expiryWatch.stop();
  }

  /** The published bundle; `undefined` until a good document has been loaded. */
  get current(): PublishedBundle | undefined {
    return this.published[0];
  }

  /** Signs a statement that the published bundle is current, as of the source's last confirmation. */
  confirm({ sequence }: PublishedBundle): Promise<string> {
    const ageMs = this.settings.source.freshness === undefined ? 0 : (this.store.status().ageMs ?? 0);
    return this.confirmations.of(sequence, Date.now() - ageMs);
  }

  /** Published bundles, newest first. */
  get history(): readonly PublishedBundle[] {
    return this.published;
  }

  /** Publishes one at a time, so that sequences are in order. */
  private publishNext(isRenewal = false): Promise<void> {
    const done = this.publishing.then(() => this.publish(isRenewal));
    this.publishing = done.catch(() => undefined);
    return done;
  }

  private publishAside(isRenewal = false): void {
    this.publishNext(isRenewal).catch((error: unknown) => logger.error(`${this.consequence()}. ${messageOf(error)}`));
  }

  private async publish(isRenewal: boolean): Promise<void> {
    const snapshot = this.store.current;
    if (snapshot === undefined) return;
    this.renewInTime();
    this.watchEnd(snapshot);
    const before = this.current;
    const change = changeOf(before, snapshot);
    if (change === 'none' && !isRenewal) return;
    const next = await this.sign(snapshot, before?.sequence ?? 0);
    this.published = [next, ...this.published.slice(change === 'content' ? 0 : 1)].slice(0, this.settings.keepRevisions);
    if (change === 'none') return; // services get it with their next poll: the content is the same
    logger.log(`Published revision ${next.revision} of the mapping from ${this.store.name} with sequence ${next.sequence}`);
    this.changed();
  }

  /** The sequence is the time of day, so that it grows across restarts without being stored. */
  private async sign(snapshot: MappingSnapshot, before: number): Promise<PublishedBundle> {
    const { revision, digest } = snapshot;
    const issuedAt = new Date();
    const sequence = Math.max(before + 1, issuedAt.getTime());
    const text = await signBundle(toDocument(snapshot), { ...this.settings.signing, issuedAt, sequence });
    return { revision, digest, terms: termsOf(snapshot), sequence, issuedAt: issuedAt.toISOString(), ...tagged(text) };
  }

  private renewInTime(): void {
    const { renewAfterMs } = this.settings;
    clearTimeout(this.renewal);
    if (renewAfterMs !== undefined && !this.isStopped)
      this.renewal = setTimeout(() => this.publishAside(true), renewAfterMs).unref();
  }

  private watchEnd({ compiled }: MappingSnapshot): void {
    if (!this.isStopped) this.expiryWatch.watch(compiled.notAfter, compiled.issuedAt);
  }

  /** Signing anew never extends the document's own `notAfter`. */
  private warnOfExpiry(end: number): void {
    const time = new Date(end).toISOString();
    const consequence = 'services that read it answer 503 to requests that need permissions';
    const remedy = `Remove "notAfter" from the document in ${this.store.name}, or write a later one.`;
    if (end <= Date.now()) logger.error(`The published mapping expired at ${time} ("notAfter"): ${consequence}. ${remedy}`);
    else logger.warn(`The published mapping expires at ${time} ("notAfter"): from then on ${consequence}. ${remedy}`);
  }

  private hear(event: MappingEvent): void {
    switch (event.kind) {
      case 'changed':
        break; // logged once it is accepted and published
      case 'refused':
        if (!event.repeated) logger.error(`${this.consequence()}. ${messageOf(event.error)}`);
        break;
      case 'recovered':
        logger.log(`The source of the published mapping, ${event.source}, is reachable again`);
        break;
      case 'stale':
        logger.warn(`The source of the published mapping, ${event.source}, has been unreachable for long. ${this.consequence()}`);
        break;
      case 'problem':
        logger.warn(event.message);
    }
  }

  private consequence(): string {
    const { current } = this;
    return current === undefined ? 'No mapping can be published' : `The published mapping stays at revision ${current.revision}`;
  }
}

/** How a snapshot differs from the published bundle. */
function changeOf(published: PublishedBundle | undefined, snapshot: MappingSnapshot): 'none' | 'terms' | 'content' {
  if (published?.revision !== snapshot.revision || published.digest !== snapshot.digest) return 'content';
  return published.terms === termsOf(snapshot) ? 'none' : 'terms';
}

/** The document's own audience and expiry. */
function termsOf({ compiled }: MappingSnapshot): string {
  return JSON.stringify([compiled.audience, compiled.notAfter]);
}
