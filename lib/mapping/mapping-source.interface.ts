/** What a source brought: the document as it came, not yet checked. */
export interface LoadedMapping {
  readonly document: unknown;
  /** Says where in the source a member of the document stands, such as `line 4, column 7`. */
  place?(path: readonly (string | number)[]): string | undefined;
}

/** Where the mapping comes from. Fetched beside the requests, never while one waits. */
export interface MappingSource {
  /** Names the source in logs: `static`, a file's path, a URL without its query. */
  readonly name: string;
  /** Brings the document. A rejection keeps the mapping in use; at start it stops the start. */
  load(): Promise<LoadedMapping> | LoadedMapping;
  /** Calls back whenever the document may have changed, until the returned function is called. */
  watch?(changed: () => void): () => void;
}
