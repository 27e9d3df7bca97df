import { AuthzConfigError, isRecord, kindOf, messageOf, readOptions } from '../../../core/index.js';
import { followRemote, inTime } from '../../../network/remote/index.js';
import { DiskCopy, type KeptMapping } from './disk-copy.js';
import type { MappingDocument } from '../../document/mapping-document.interface.js';
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
import { REMOTE_MAPPING_OPTIONS, remoteMappingSettings, type RemoteMappingSettings } from './remote-mapping-settings.js';

/**
 * A mapping that is fetched from beyond this process: polled, kept on disk, known by its version, under one deadline. At start the disk copy
 * comes first, then the remote end, then the seed; with none of them the application starts all the same, and what needs permissions is
 * answered 503 until the document comes.
 *
 * @throws AuthzConfigError naming the first option that is wrong.
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
  readonly required = false;
  readonly freshness: MappingFreshness;
  readonly allowRollback: boolean;
  private readonly disk: DiskCopy | undefined;
  private stopped = new AbortController();
  /** Where the first document is looked for next. */
  private next: 'disk' | 'network' | 'seed' = 'disk';
  private hasDocument = false;
  /** The version of the document in use. Not of one that was fetched and refused: that one is asked for again. */
  private version: string | undefined;
  /** The document in use, where its content says how old it is. */
  private dated: OpenedMapping | undefined;
  /** What could not be kept on disk. The copy there is an older one, until a later attempt succeeds. */
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

  async load(note: MappingNote): Promise<MappingAnswer> {
    return this.hasDocument ? this.fetch(note) : this.loadFirst(note);
  }

  watch(reload: MappingReload, note: MappingNote): () => void {
    const listen = this.transport.listen?.bind(this.transport);
    const end = followRemote(reload, this.settings.pollIntervalMs, listen && ((changed) => listen(changed, note)));
    return () => {
      end();
      this.stopped.abort();
      this.startAfresh();
    };
  }

  /** Whoever starts it again has nothing yet, and must not be told that nothing has changed. */
  private startAfresh(): void {
    this.stopped = new AbortController();
    this.next = 'disk';
    this.hasDocument = false;
    this.version = undefined;
    this.dated = undefined;
    this.unkept = undefined;
  }

  /** From the disk, the remote end or the seed. What was refused makes way for the next of them. */
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
      note(`The mapping starts with its seed, since ${this.name} cannot be had: ${messageOf(error)}`);
      return this.fromSeed(seed);
    }
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
      if (version === undefined) throw new Error('it says that nothing has changed, but was not asked about a version');
      return fetched === 'unchanged' ? {} : fetched;
    }
    const { confirmation, ...kept } = fetched;
    if (Buffer.byteLength(kept.text) > this.settings.maxBytes)
      throw new Error(`it is larger than the ${this.settings.maxBytes} bytes that maxBytes allows`);
    const opened = await this.open(kept.text);
    if (typeof opened === 'string' || confirmation === undefined) return { kept, opened };
    // The document counts whatever the confirmation is worth; the next answer tells what is wrong with that.
    return { kept, opened: dated(opened, await opened.confirmedAt(confirmation).catch(() => 0)) };
  }

  /** Up to when the document in use is current, now that the remote end has no other. An answer alone confirms no document that says how old it is. */
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

  /** The copy on disk is current, too, if it is the one in use. */
  private async renew(verifiedAt: number, note: MappingNote): Promise<void> {
    if (this.unkept !== undefined) return this.keep({ ...this.unkept, verifiedAt }, note);
    try {
      await this.inTime(async () => this.disk?.renew(verifiedAt));
    } catch (error) {
      this.version = undefined; // the next time the document comes as a whole, and is kept again
      note(notKept(this.name, error));
    }
  }

  private async keep(copy: KeptMapping, note: MappingNote): Promise<void> {
    try {
      // A write that hangs goes on beside; the next one comes after it, so that an older copy never replaces a newer.
      this.writing = this.writing.catch(() => undefined).then(() => this.disk?.write(copy));
      await this.inTime(() => this.writing);
      this.unkept = undefined;
    } catch (error) {
      if (this.unkept === undefined) note(notKept(this.name, error)); // once, not at every poll
      this.unkept = copy;
    }
  }
}

/** A document as it was fetched, and what is in it. */
interface Opened {
  readonly kept: FetchedMapping;
  readonly opened: string | OpenedMapping;
}

function textOf(opened: string | OpenedMapping): string {
  return typeof opened === 'string' ? opened : opened.text;
}

/** The same document, current up to the later of two moments. */
function dated(opened: OpenedMapping, moment: number): OpenedMapping {
  return { ...opened, currentAt: Math.max(opened.currentAt, moment) };
}

function notKept(name: string, error: unknown): string {
  return `The mapping from ${name} cannot be kept on disk, so a restart during an outage would be without it: ${messageOf(error)}.`;
}
