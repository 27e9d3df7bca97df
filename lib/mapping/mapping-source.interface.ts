/** What a document must say of itself to be meant for this service. */
export interface MappingExpectation {
  /** Who must have published it: its `issuer`. Default: anybody. */
  readonly issuer?: string | undefined;
  /** Whom it must be for: one of its `audience`. Default: one that names an audience is not refused. */
  readonly audience?: string | undefined;
}

/** What a source brought: a document as it came, not yet checked. */
export interface LoadedMapping {
  /** The document, or its text in JSON or YAML. */
  readonly content: { readonly document: unknown } | { readonly text: string };
  /** From which of the source's places it came, for the status: `network`, `disk`, `seed`. Default: the source has one place only. */
  readonly origin?: string;
  /** What it has to say of itself. Default: nothing. */
  readonly expects?: MappingExpectation | undefined;
  /** When it was last known to be current, in milliseconds since 1970. Default: when it was asked for. */
  readonly verifiedAt?: number;
  /**
   * Called once the document is in use, after every check: the moment to keep it, and to remember its version. Until then a source
   * asks for it again. May take its time and may fail; the mapping is in use already.
   */
  accepted?(): void | Promise<void>;
}

/** The document accepted last is still the current one, as far as is known. */
export interface ConfirmedMapping {
  /** Up to when, in milliseconds since 1970. */
  readonly confirmedAt: number;
}

/** What a source answers: a document, or that there is no other. `unchanged`: the document accepted last is confirmed as of now. */
export type MappingAnswer = LoadedMapping | ConfirmedMapping | 'unchanged';

/** Whether an answer is a document. */
export function isLoaded(answer: MappingAnswer): answer is LoadedMapping {
  return answer !== 'unchanged' && 'content' in answer;
}

/** Whether the mapping in use is up to date after a reload: `false` if it could not be loaded or was refused. */
export type MappingReload = () => Promise<boolean>;

/** How long a mapping may be used without hearing from where it comes from. */
export interface MappingFreshness {
  /** Beyond this age the mapping counts as stale, in seconds. */
  readonly maxStalenessSeconds: number;
  /** What a stale mapping does: `serve` goes on and says so, `deny` answers 503 where permissions are needed. */
  readonly onStale: 'serve' | 'deny';
}

/** Tells the operator of something that went wrong without keeping the mapping from coming, in one sentence. */
export type MappingNote = (problem: string) => void;

/** Where the mapping comes from. Fetched beside the requests, never while one waits. */
export interface MappingSource {
  /** Names the source in logs: `static`, a file's path, a URL without its query. */
  readonly name: string;
  /**
   * Brings the document, or says that the one accepted last is still current. A rejection keeps the mapping in use; what it does at
   * start, `required` says.
   */
  load(note: MappingNote): Promise<MappingAnswer> | MappingAnswer;
  /** Calls for a reload whenever the document may have changed, until the returned function is called. */
  watch?(reload: MappingReload, note: MappingNote): () => void;
  /**
   * Whether the application must not start without a document. Default: true. With `false` it starts, answers 503 where permissions
   * are needed, and is ready once a document has come.
   */
  readonly required?: boolean;
  /** Default: never stale, as a document in the code or on the disk is current by itself. */
  readonly freshness?: MappingFreshness;
  /** Whether a document with a lower `sequence` than the one in use may replace it. Default: false. */
  readonly allowRollback?: boolean;
}
