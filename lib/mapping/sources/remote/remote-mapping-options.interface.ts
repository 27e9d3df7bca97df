import type { MappingDocument } from '../../document/mapping-document.interface.js';
import type { MappingExpectation, MappingNote } from '../../mapping-source.interface.js';

/** Options of every remote source. */
export interface RemoteMappingOptions {
  /** Time between two requests, in seconds, 1 to 86400, with a jitter of 10 %. Default: 30. */
  readonly pollIntervalSeconds?: number;
  /** Timeout of a request, including its body, in milliseconds, 10 to 60000. Default: 5000. */
  readonly timeoutMs?: number;
  /** Largest document read, in bytes, 1 to 268435456. Default: 8388608 (8 MiB). */
  readonly maxBytes?: number;
  /**
   * Path of a file that stores the last good document for a start during an outage, written with mode 0600. Its directory must exist.
   * Default: none.
   */
  readonly diskCopy?: string;
  /** A document to start with if neither the remote source nor the disk copy has one. Never fresh, so not allowed with `onStale: 'deny'`. Default: none. */
  readonly seed?: MappingDocument;
  /**
   * Age at which the document becomes stale, in seconds, at least twice the poll interval. The age of a signed bundle counts from its signed
   * `issuedAt` or the publisher's last signed confirmation; the age of any other document counts from the last response of the remote source. A
   * disk copy keeps the age across restarts. Default: 86400 (a day).
   */
  readonly maxStalenessSeconds?: number;
  /** Effect of a stale mapping: `serve` uses it and warns, `deny` gives 503 to requests that need permissions. Default: `serve`. */
  readonly onStale?: 'serve' | 'deny';
  /** Whether a document with a lower `sequence` may replace the one in use. Default: false. */
  readonly allowRollback?: boolean;
}

/** A document from the remote source. */
export interface FetchedMapping {
  /** The document in JSON or YAML, or in a form that {@link MappingTransport.open} converts. */
  readonly text: string;
  /** Version at the remote source (an ETag, a number), so that the next request can ask for changes only. */
  readonly version?: string | undefined;
  /** The remote source's proof of how current the document is. {@link OpenedMapping.confirmedAt} reads it. */
  readonly confirmation?: string | undefined;
}

/** Says that the remote source still has the document accepted last. */
export interface UnchangedMapping extends Pick<FetchedMapping, 'confirmation'> {
  readonly text?: undefined;
}

/** A document whose content states its age. */
export interface OpenedMapping {
  /** The document in JSON or YAML. */
  readonly text: string;
  /** Time up to which the document is known to be current, in milliseconds since 1970. */
  readonly currentAt: number;
  /**
   * Returns the time up to which the remote source has confirmed the document, in milliseconds since 1970; 0 if the confirmation is for another document.
   * @throws Error if the confirmation cannot be trusted.
   */
  confirmedAt(confirmation: string): Promise<number>;
}

/** Access to a remote source: the part in which remote sources differ. */
export interface MappingTransport {
  /** Name in logs. Must not contain credentials. */
  readonly name: string;
  /** Required metadata of a document. Default: none. */
  readonly expects?: MappingExpectation;
  /**
   * Requests the document from the remote source. Must reject if the result is neither a document nor `unchanged`.
   * @param version Version of the document accepted last; `undefined` if there is none.
   * @param signal Aborts at the deadline, or when the application stops.
   * @param maxBytes Largest document to read.
   */
  fetch(
    version: string | undefined,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<FetchedMapping | UnchangedMapping | 'unchanged'>;
  /**
   * Verifies a string from the network or from the disk, and returns the document in it. Default: the string is the document. The age of a document that
   * is returned as a string counts from the last response of the remote source.
   * @throws Error if the string cannot be trusted; UnverifiableError if it cannot be verified at the moment.
   */
  open?(text: string): Promise<string | OpenedMapping> | string;
  /**
   * Calls `changed` when the remote source announces a change. Polling continues.
   * @param note Reports to the operator that listening is not possible.
   * @returns A function that stops listening.
   */
  listen?(changed: () => void, note: MappingNote): () => void;
}
