import { AuthzLogger } from '../../../authorization/index.js';
import { messageOf } from '../../../core/index.js';
import { BUNDLE_TYPE, signBundle, signerSettings } from '../../../sources/http-bundle/index.js';
import { MappingStore, toDocument, type MappingEvent, type MappingSnapshot } from '../../../mapping/index.js';
import { Confirmations } from '../responses/confirmations.js';
import { EndWatch } from './end-watch.js';
import type { MappingServerSettings } from './mapping-server-settings.js';
import type { PublishedBundle } from './published-bundle.interface.js';
import { tagged } from '../responses/signed-text.js';

const logger = new AuthzLogger('Authz');

/** Signs each new state of the mapping and keeps the last ones. While the source is broken, the last good one stays published. */
export class MappingPublisher {
  private readonly store: MappingStore;
  /** The newest first. */
  private published: readonly PublishedBundle[] = [];
  private publishing = Promise.resolve();
  private readonly confirmations: Confirmations;
  private renewal: NodeJS.Timeout | undefined;
  private readonly endWatch = new EndWatch((end) => this.tellEnd(end));
  private isStopped = false;

  constructor(
    private readonly settings: MappingServerSettings,
    /** Told once a new revision is published. */
    private readonly changed: () => void,
  ) {
    this.store = new MappingStore(
      settings.source,
      (event) => this.hear(event),
      () => this.publishAside(),
    );
    this.confirmations = new Confirmations(BUNDLE_TYPE, signerSettings(settings.signing));
  }

  /** @throws MappingError if the first document cannot be used, unless the source says that one may start without. */
  async start(): Promise<void> {
    await this.store.start();
    await this.publishNext();
  }

  /** Follows the source no longer; what is published stays. */
  stop(): void {
    this.isStopped = true;
    this.store.stop();
    clearTimeout(this.renewal);
    this.endWatch.stop();
  }

  /** What is published now; `undefined` while no good document has come. */
  get current(): PublishedBundle | undefined {
    return this.published[0];
  }

  /** The signed statement that what is published is current: as far as the source has confirmed it, where it has to. */
  confirm({ sequence }: PublishedBundle): Promise<string> {
    const ageMs = this.settings.source.freshness === undefined ? 0 : (this.store.status().ageMs ?? 0);
    return this.confirmations.of(sequence, Date.now() - ageMs);
  }

  /** What was published, the newest first. */
  get history(): readonly PublishedBundle[] {
    return this.published;
  }

  /** One after the other, so that the sequence tells the order. */
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
    if (change === 'none') return; // services find it with their next poll: it says nothing new
    logger.log(`Revision ${next.revision} of the mapping from ${this.store.name} is published with sequence ${next.sequence}`);
    this.changed();
  }

  /** The time of day lets the sequence grow across restarts, without a place to keep it. */
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
    if (!this.isStopped) this.endWatch.watch(compiled.notAfter, compiled.issuedAt);
  }

  /** Signing anew never lengthens the end that the document itself names. */
  private tellEnd(end: number): void {
    const time = new Date(end).toISOString();
    const consequence = 'every service that reads it answers 503 where permissions are needed';
    const remedy = `Remove "notAfter" from the document in ${this.store.name}, or write a later one.`;
    if (end <= Date.now())
      logger.error(`The published mapping ended at ${time}, as its "notAfter" says: ${consequence}. ${remedy}`);
    else logger.warn(`The published mapping ends at ${time}, as its "notAfter" says: from then on ${consequence}. ${remedy}`);
  }

  private hear(event: MappingEvent): void {
    switch (event.kind) {
      case 'changed':
        break; // it is published when it is accepted
      case 'refused':
        if (!event.repeated) logger.error(`${this.consequence()}. ${messageOf(event.error)}`);
        break;
      case 'recovered':
        logger.log(`The source of the published mapping, ${event.source}, is heard again`);
        break;
      case 'stale':
        logger.warn(`The source of the published mapping, ${event.source}, has not been heard for long. ${this.consequence()}`);
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

/** What is different from what is published. */
function changeOf(published: PublishedBundle | undefined, snapshot: MappingSnapshot): 'none' | 'terms' | 'content' {
  if (published?.revision !== snapshot.revision || published.digest !== snapshot.digest) return 'content';
  return published.terms === termsOf(snapshot) ? 'none' : 'terms';
}

/** For whom and until when the document says that it is. */
function termsOf({ compiled }: MappingSnapshot): string {
  return JSON.stringify([compiled.audience, compiled.notAfter]);
}
