import { AuthzConfigError, isRecord, kindOf, messageOf, readOptions } from '../../../core/index.js';
import { followRemote, inTime } from '../../../network/remote/index.js';
import { DiskCopy, type KeptMapping } from './disk-copy.js';
import type { MappingDocument } from '../../document/mapping-document.interface.js';
import { parseMapping } from '../../document/parse-mapping.js';
import { readDocument } from '../../document/read-document.js';
import type {
  LoadedMapping,
  MappingAnswer,
  MappingFreshness,
  MappingNote,
  MappingReload,
  MappingSource,
} from '../../mapping-source.interface.js';
import type {
  FetchedMapping,
  MappingTransport,
  OpenedMapping,
  RemoteMappingOptions,
  UnchangedMapping,
} from './remote-mapping-options.interface.js';
import { UnverifiableError } from './unverifiable.error.js';
import { REMOTE_MAPPING_OPTIONS, remoteMappingSettings, SEED, type RemoteMappingSettings } from './remote-mapping-settings.js';

/**
 * Makes a mapping source from a transport: polls the remote source by version and with a deadline, and stores the document on disk. At start the
 * disk copy is tried first, then the remote source, then the seed. Without any of them the application still starts; requests that need permissions
 * get 503 until a document is loaded.
 *
 * @throws AuthzConfigError about the first wrong option.
 */
export function remoteMapping(transport: MappingTransport, options: RemoteMappingOptions = {}): MappingSource {
  if (!isTransport(transport))
    throw new AuthzConfigError(
      'AUTHZ_MAPPING_OPTION',
      `"remoteMapping(transport)" must be an object such as { name, fetch(version, signal) }, got ${kindOf(transport)}.`,
    );
  const place = 'remoteMapping()';
  const given = readOptions(options, {
    place,
    members: REMOTE_MAPPING_OPTIONS,
    example: "{ diskCopy: '/var/lib/orders/mapping' }",
  });
  return remoteMappingOf(transport, remoteMappingSettings(given, place));
}

/** Makes the source of a transport whose options are checked. */
export function remoteMappingOf(transport: MappingTransport, settings: RemoteMappingSettings): MappingSource {
  return new RemoteMapping(transport, settings);
}

function isTransport(value: unknown): value is MappingTransport {
  return isRecord(value) && typeof value['name'] === 'string' && typeof value['fetch'] === 'function';
}

class RemoteMapping implements MappingSource {
  readonly name: string;
  readonly freshness: MappingFreshness;
  readonly allowRollback: boolean;
  private readonly disk: DiskCopy | undefined;
  private stopped = new AbortController();
  private seedState: 'unchecked' | 'good' | 'faulty' = 'unchecked';
  /** The origin to try next for the first document. */
  private next: 'disk' | 'network' | 'seed' = 'disk';
  private hasDocument = false;
  /** Version of the document in use. A refused document has no effect on it, so that the next request fetches the document again. */
  private version: string | undefined;
  /** The document in use, if its content states its age. */
  private dated: OpenedMapping | undefined;
  /** The document that could not be written to disk. The file has an older one until a later attempt succeeds. */
  private unkept: KeptMapping | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly transport: MappingTransport,
    private readonly settings: RemoteMappingSettings,
  ) {
    this.name = transport.name;
    this.freshness = settings.freshness;
    this.allowRollback = settings.allowRollback;
    const { diskCopy, maxBytes } = settings;
    this.disk = diskCopy === undefined ? undefined : new DiskCopy(diskCopy, maxBytes, this.name);
  }

  /** Only a fault in the seed, which is a mistake of the application, stops the start. */
  get required(): boolean {
    return this.seedState === 'faulty';
  }

  async load(note: MappingNote): Promise<MappingAnswer> {
    await this.checkSeed();
    return this.hasDocument ? this.fetch(note) : this.loadFirst(note);
  }

  watch(reload: MappingReload, note: MappingNote): () => void {
    const listen = this.transport.listen?.bind(this.transport);
    const end = followRemote(reload, this.settings.pollIntervalMs, listen && ((changed) => listen(changed, note)));
    return () => {
      end();
      this.stopped.abort();
      this.reset();
    };
  }

  /** Resets the state: after a restart no document is in use, so `load()` must not return "unchanged". */
  private reset(): void {
    this.stopped = new AbortController();
    this.next = 'disk';
    this.hasDocument = false;
    this.version = undefined;
    this.dated = undefined;
    this.unkept = undefined;
  }

  /** Loads the first document from the disk, the remote source or the seed. After a refused document, the next origin is tried. */
  private async loadFirst(note: MappingNote): Promise<MappingAnswer> {
    if (this.next === 'disk') {
      this.next = 'network';
      const kept = await this.recall(note);
      if (kept !== undefined) return kept;
    }
    const { seed } = this.settings;
    if (seed === undefined) return this.fetch(note);
    const isSeedNext = this.next === 'seed';
    this.next = isSeedNext ? 'network' : 'seed';
    if (isSeedNext) return this.fromSeed(seed);
    try {
      return await this.fetch(note);
    } catch (error) {
      note(`The mapping starts with the seed, since ${this.name} cannot be loaded: ${messageOf(error)}`);
      return this.fromSeed(seed);
    }
  }

  /** Checks the conditions of the seed, whose parser is loaded asynchronously. @throws MappingError if they have a fault. */
  private async checkSeed(): Promise<void> {
    if (this.seedState === 'good') return;
    const { seed } = this.settings;
    this.seedState = 'faulty';
    const read = await readDocument({ document: seed }, SEED);
    if (read.parseCondition !== undefined) parseMapping(seed, SEED, read);
    this.seedState = 'good';
  }

  private async recall(note: MappingNote): Promise<LoadedMapping | undefined> {
    try {
      const kept = await this.disk?.read();
      if (kept === undefined) return undefined;
      const opened = await this.inTime(() => this.open(kept.text));
      return {
        content: { text: textOf(opened) },
        origin: 'disk',
        expects: this.transport.expects,
        verifiedAt: kept.verifiedAt,
        accepted: () => this.use(kept.version, typeof opened === 'string' ? opened : dated(opened, kept.verifiedAt)),
      };
    } catch (error) {
      if (error instanceof UnverifiableError) {
        this.next = 'disk';
        throw error;
      }
      note(`The copy of ${this.name} on disk is not used: ${messageOf(error)}.`);
      return undefined;
    }
  }

  private fromSeed(seed: MappingDocument): LoadedMapping {
    return { content: { document: seed }, origin: 'seed', verifiedAt: 0, accepted: () => this.use(undefined) };
  }

  private async fetch(note: MappingNote): Promise<MappingAnswer> {
    const askedAt = Date.now();
    const fetched = await this.inTime((signal) => this.fetchAndOpen(signal));
    if (!('kept' in fetched)) {
      const confirmedAt = await this.confirm(fetched, askedAt);
      await this.renew(confirmedAt, note);
      return this.dated === undefined ? 'unchanged' : { confirmedAt };
    }
    const { kept, opened } = fetched;
    const verifiedAt = Math.min(askedAt, typeof opened === 'string' ? askedAt : opened.currentAt);
    return {
      content: { text: textOf(opened) },
      origin: 'network',
      expects: this.transport.expects,
      verifiedAt,
      accepted: () => {
        this.use(kept.version, opened);
        return this.keep({ ...kept, verifiedAt }, note);
      },
    };
  }

  private async fetchAndOpen(signal: AbortSignal): Promise<Opened | UnchangedMapping> {
    const { version } = this;
    const fetched = await this.transport.fetch(version, signal, this.settings.maxBytes);
    if (fetched === 'unchanged' || fetched.text === undefined) {
      if (version === undefined) throw new Error('it responded "unchanged" to a request without a version');
      return fetched === 'unchanged' ? {} : fetched;
    }
    const { confirmation, ...kept } = fetched;
    if (Buffer.byteLength(kept.text) > this.settings.maxBytes)
      throw new Error(`it is larger than the ${this.settings.maxBytes} bytes that maxBytes allows`);
    const opened = await this.open(kept.text);
    if (typeof opened === 'string' || confirmation === undefined) return { kept, opened };
    // The document is used even if the confirmation is invalid. The next response reports what is wrong with it.
    return { kept, opened: dated(opened, await opened.confirmedAt(confirmation).catch(() => 0)) };
  }

  /** Returns the time up to which the unchanged document is current. A document that states its age needs a signed confirmation: a response alone does not suffice. */
  private async confirm({ confirmation }: UnchangedMapping, askedAt: number): Promise<number> {
    const { dated: inUse } = this;
    if (inUse === undefined) return askedAt;
    const confirmedAt = confirmation === undefined ? 0 : await this.inTime(() => inUse.confirmedAt(confirmation));
    this.dated = dated(inUse, confirmedAt);
    return Math.min(askedAt, this.dated.currentAt);
  }

  private inTime<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return inTime(work, this.settings.timeoutMs, this.stopped.signal);
  }

  private async open(text: string): Promise<string | OpenedMapping> {
    return (await this.transport.open?.(text)) ?? text;
  }

  private use(version: string | undefined, opened: string | OpenedMapping = ''): void {
    this.hasDocument = true;
    this.version = version;
    this.dated = typeof opened === 'string' ? undefined : opened;
  }

  /** Records the confirmation in the disk copy. If the document in use is not stored yet, stores it. */
  private async renew(verifiedAt: number, note: MappingNote): Promise<void> {
    if (this.unkept !== undefined) return this.keep({ ...this.unkept, verifiedAt }, note);
    try {
      await this.inTime(async () => this.disk?.renew(verifiedAt));
    } catch (error) {
      this.version = undefined; // the next request fetches the whole document, which is then stored again
      note(notKept(this.name, error));
    }
  }

  private async keep(copy: KeptMapping, note: MappingNote): Promise<void> {
    try {
      // A write that hangs continues in the background. The next write waits for it, so that an older copy never replaces a newer one.
      this.writing = this.writing.catch(() => undefined).then(() => this.disk?.write(copy));
      await this.inTime(() => this.writing);
      this.unkept = undefined;
    } catch (error) {
      if (this.unkept === undefined) note(notKept(this.name, error)); // once, not at every poll
      this.unkept = copy;
    }
  }
}

/** A fetched document, and its verified content. */
interface Opened {
  readonly kept: FetchedMapping;
  readonly opened: string | OpenedMapping;
}

function textOf(opened: string | OpenedMapping): string {
  return typeof opened === 'string' ? opened : opened.text;
}

/** Returns the document with the later of the two times of confirmation. */
function dated(opened: OpenedMapping, moment: number): OpenedMapping {
  return { ...opened, currentAt: Math.max(opened.currentAt, moment) };
}

function notKept(name: string, error: unknown): string {
  return `The mapping from ${name} cannot be kept on disk, so a restart during an outage would have no mapping: ${messageOf(error)}.`;
}
