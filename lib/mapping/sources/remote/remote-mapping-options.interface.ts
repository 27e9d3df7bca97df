import type { MappingDocument } from '../../document/mapping-document.interface.js';
import type { MappingExpectation, MappingNote } from '../../mapping-source.interface.js';

/** What every source that asks something beyond this process has in common. */
export interface RemoteMappingOptions {
  /** Time between two requests, in seconds, from 1 to 86400; each is up to a tenth sooner or later. Default: 30. */
  readonly pollIntervalSeconds?: number;
  /** How long one request may take as a whole, in milliseconds, from 10 to 60000. Default: 5000. */
  readonly timeoutMs?: number;
  /** Largest document read, in bytes, from 1 to 268435456. Default: 8388608 (8 MiB). */
  readonly maxBytes?: number;
  /**
   * File that keeps the last good document for a start during an outage, written with mode 0600. Its directory must exist. Default:
   * none.
   */
  readonly diskCopy?: string;
  /** A document to start with where neither the remote end nor the disk copy has one. Never fresh, so not beside `onStale: 'deny'`. Default: none. */
  readonly seed?: MappingDocument;
  /**
   * Beyond this age the document is stale; in seconds, at least twice the poll interval. The age of a signed bundle is counted from its signed
   * `issuedAt`, or the publisher's last signed confirmation; that of any other document from the last answer of the remote end. Counted on across
   * restarts where there is a disk copy. Default: 86400 (a day).
   */
  readonly maxStalenessSeconds?: number;
  /** What a stale mapping does: `serve` goes on and warns, `deny` answers 503 where permissions are needed. Default: `serve`. */
  readonly onStale?: 'serve' | 'deny';
  /** Whether a document with a lower `sequence` may replace the one in use. Default: false. */
  readonly allowRollback?: boolean;
}

/** A document as it came from the remote end. */
export interface FetchedMapping {
  /** The document in JSON or YAML, or whatever {@link MappingTransport.open} makes one of. */
  readonly text: string;
  /** Names this state at the remote end (an ETag, a number), so that the next request can ask whether it has changed. */
  readonly version?: string | undefined;
  /** What the remote end says along about how current the document is; {@link OpenedMapping.confirmedAt} reads it. */
  readonly confirmation?: string | undefined;
}

/** The document accepted last is still the one at the remote end. */
export interface UnchangedMapping extends Pick<FetchedMapping, 'confirmation'> {
  readonly text?: undefined;
}

/** A document whose own content says how old it is. */
export interface OpenedMapping {
  /** In JSON or YAML. */
  readonly text: string;
  /** Up to when it is known to have been current, in milliseconds since 1970. */
  readonly currentAt: number;
  /**
   * Up to when the remote end has confirmed it since, in milliseconds since 1970; 0 if what it says is about another document.
   * @throws Error if that is not to be trusted.
   */
  confirmedAt(confirmation: string): Promise<number>;
}

/** The part in which remote sources differ. */
export interface MappingTransport {
  /** Names the source in logs; without credentials. */
  readonly name: string;
  /** What a document has to say of itself. Default: nothing. */
  readonly expects?: MappingExpectation;
  /**
   * Asks the remote end. Anything else than a document or `unchanged` is a rejection.
   * @param version That of the document accepted last; `undefined` where there is none.
   * @param signal Ends with the deadline, or when the application stops.
   * @param maxBytes Nothing larger is to be read.
   */
  fetch(
    version: string | undefined,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<FetchedMapping | UnchangedMapping | 'unchanged'>;
  /**
   * Verifies a text and gives the document in it; for text from the network and from the disk alike. Default: the text is the document. A document
   * given as its text alone is as old as the last answer of the remote end.
   * @throws if it is not to be trusted; UnverifiableError if that cannot be told at the moment.
   */
  open?(text: string): Promise<string | OpenedMapping> | string;
  /**
   * Calls back when the remote end says that there is something new; the poll goes on behind.
   * @param note Tells the operator where it cannot listen.
   * @returns What ends it.
   */
  listen?(changed: () => void, note: MappingNote): () => void;
}
