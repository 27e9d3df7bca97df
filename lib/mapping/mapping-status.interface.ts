/** State of the mapping, for a health check or a dashboard. */
export interface MappingStatus {
  /** Name of the source: a file's path, a URL. */
  readonly source: string;
  /** Origin of the document in use, such as `network`, `disk` or `seed`; `undefined` if the source has a single origin. */
  readonly origin: string | undefined;
  /** Whether a usable mapping is loaded. Without one, requests that need permissions get 503. */
  readonly ready: boolean;
  /** Whether the mapping was confirmed recently enough. Do not use it for a liveness check: a restart does not help. */
  readonly fresh: boolean;
  /** Revision of the document in use; likewise `digest` and `sequence`. */
  readonly revision: string | undefined;
  readonly digest: string | undefined;
  readonly sequence: number | undefined;
  /** Time since the last confirmation, in milliseconds. */
  readonly ageMs: number | undefined;
  /** When the document expires, in milliseconds since 1970. */
  readonly notAfter: number | undefined;
  /** Number of roles of callers that the mapping does not have, since the start of the process. */
  readonly unknownRoles: number;
  /** When the source last returned a valid document or a confirmation, in milliseconds since 1970. */
  readonly lastSuccess: number | undefined;
  /** Why the last load failed; `undefined` after a successful load. */
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}

/** A change of the state of the mapping. */
export type MappingEvent =
  /** Another document is in use. */
  | { readonly kind: 'changed'; readonly source: string; readonly origin: string | undefined; readonly revision: string }
  /** A document could not be loaded or was refused. The document of `revision` stays in use; `undefined` if there is none. */
  | {
      readonly kind: 'refused';
      readonly source: string;
      readonly revision: string | undefined;
      readonly error: unknown;
      /** Whether the previous load failed with the same message. */
      readonly repeated: boolean;
    }
  /** The source is reachable again after a failure. */
  | { readonly kind: 'recovered'; readonly source: string; readonly revision: string | undefined }
  /** The mapping in use has become stale. */
  | { readonly kind: 'stale'; readonly source: string; readonly revision: string | undefined; readonly denies: boolean }
  /** A problem occurred that does not prevent loading the mapping. */
  | { readonly kind: 'problem'; readonly source: string; readonly message: string };
