import { readFileSync } from 'node:fs';

/** One folder of `lib/` with its own index.ts, as listed in `.config/rooms.json`, lowest layer first. */
export interface Room {
  /** Below `lib/`; empty for the files of `lib/` itself. */
  readonly folder: string;
  readonly layer: number;
  readonly about: string;
  /** Rooms that it may import, by their index.ts. */
  readonly imports: readonly string[];
  /** Packages that it may import, and `node:`. */
  readonly packages: readonly string[];
  /** Packages that it may import where its user has installed them. */
  readonly optionalPeers?: readonly string[];
  /** Files that are loaded by themselves, beside index.ts. */
  readonly entryFiles?: readonly string[];
  /** Files that import what their user names. */
  readonly computedImports?: readonly string[];
  /** What applications import it by, after `nestjs-authz/`; `.` for the package itself. */
  readonly entryPoint?: string;
}

export const ROOMS = JSON.parse(readFileSync('.config/rooms.json', 'utf8')) as readonly Room[];
