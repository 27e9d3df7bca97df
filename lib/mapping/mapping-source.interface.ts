/** Metadata that a document must have to be meant for this service. */
export interface MappingExpectation {
  /** Required `issuer` of the document. Default: any. */
  readonly issuer?: string | undefined;
  /** Required member of the document's `audience`. Default: any. */
  readonly audience?: string | undefined;
}

/** A document from a source, not yet checked. */
export interface LoadedMapping {
  /** The document, or its text in JSON or YAML. */
  readonly content: { readonly document: unknown } | { readonly text: string };
  /** Origin of the document, for the status: `network`, `disk`, `seed`. Default: none, for a source with a single origin. */
  readonly origin?: string;
  /** Required metadata of the document. Default: none. */
  readonly expects?: MappingExpectation | undefined;
  /** When the document was last confirmed as current, in milliseconds since 1970. Default: the time of the request. */
  readonly verifiedAt?: number;
  /**
   * Called after the document passed every check and is in use. The source can now store the document and remember its version; until
   * then, the source must request the document again. May be slow and may fail: the mapping is already in use.
   */
  accepted?(): void | Promise<void>;
}

/** Confirms that the document accepted last is still current. */
export interface ConfirmedMapping {
  /** Time up to which the document was current, in milliseconds since 1970. */
  readonly confirmedAt: number;
}

/** What a source returns: a document, or that there is no other. `unchanged`: the document accepted last is confirmed as of now. */
export type MappingAnswer = LoadedMapping | ConfirmedMapping | 'unchanged';

/** Whether a source returned a document. */
export function isLoaded(result: MappingAnswer): result is LoadedMapping {
  return result !== 'unchanged' && 'content' in result;
}

/** Reloads the mapping. Returns whether the mapping in use is up to date: `false` if the document could not be loaded or was refused. */
export type MappingReload = () => Promise<boolean>;

/** How long a mapping may be used without a confirmation by its source. */
export interface MappingFreshness {
  /** Age at which the mapping becomes stale, in seconds. */
  readonly maxStalenessSeconds: number;
  /** Effect of a stale mapping: `serve` uses it and warns, `deny` gives 503 to requests that need permissions. */
  readonly onStale: 'serve' | 'deny';
}

/** Reports a problem that does not prevent loading the mapping to the operator, in one sentence. */
export type MappingNote = (problem: string) => void;

/** A source of the mapping. Loaded in the background, never while a request waits. */
export interface MappingSource {
  /** Name in logs: `static`, a file's path, a URL without its query. */
  readonly name: string;
  /**
   * Loads the document, or confirms the one accepted last. If it rejects, the mapping in use stays. `required` decides what a rejection
   * at start does.
   */
  load(note: MappingNote): Promise<MappingAnswer> | MappingAnswer;
  /** Calls `reload` whenever the document may have changed, until the returned function is called. */
  watch?(reload: MappingReload, note: MappingNote): () => void;
  /**
   * Whether the application must not start without a document. Default: true. With `false` the application starts; requests that need
   * permissions get 503 until a document is loaded.
   */
  readonly required?: boolean;
  /** Limits the age of the mapping. Default: never stale, since a document in code or in a file is always current. */
  readonly freshness?: MappingFreshness;
  /** Whether a document with a lower `sequence` than the one in use may replace it. Default: false. */
  readonly allowRollback?: boolean;
}
