/** What can be said of the mapping in use, for a health check or a dashboard. */
export interface MappingStatus {
  /** Where it comes from: a file's path, a URL. */
  readonly source: string;
  /** From which of the source's places the document in use came, such as `network`, `disk` or `seed`, where it has several. */
  readonly origin: string | undefined;
  /** Whether there is a mapping that may be used. A service without one answers 503 where permissions are needed. */
  readonly ready: boolean;
  /** Whether it was known to be current lately. Nothing that a restart mends: leave it out of a liveness check. */
  readonly fresh: boolean;
  /** Revision, digest and sequence of the document in use. */
  readonly revision: string | undefined;
  readonly digest: string | undefined;
  readonly sequence: number | undefined;
  /** Time since it was last known to be current, in milliseconds. */
  readonly ageMs: number | undefined;
  /** From when on it may not be used, in milliseconds since 1970. */
  readonly notAfter: number | undefined;
  /** How often callers came with a role that the mapping does not know, since the start of the process. */
  readonly unknownRoles: number;
  /** When the source last brought a good document, or said that there is no newer; in milliseconds since 1970. */
  readonly lastSuccess: number | undefined;
  /** Why the last load failed; `undefined` once one has succeeded. */
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}

/** What happened to the mapping. */
export type MappingEvent =
  /** Another document is in use. */
  | { readonly kind: 'changed'; readonly source: string; readonly origin: string | undefined; readonly revision: string }
  /** A document could not be had or was refused; the one of `revision` stays, `undefined` if there is none. */
  | {
      readonly kind: 'refused';
      readonly source: string;
      readonly revision: string | undefined;
      readonly error: unknown;
      /** Whether it is the same fault as the last time. */
      readonly repeated: boolean;
    }
  /** The source is heard again after a failure. */
  | { readonly kind: 'recovered'; readonly source: string; readonly revision: string | undefined }
  /** The mapping in use has become older than it should. */
  | { readonly kind: 'stale'; readonly source: string; readonly revision: string | undefined; readonly denies: boolean }
  /** Something went wrong without keeping the mapping from coming. */
  | { readonly kind: 'problem'; readonly source: string; readonly message: string };
