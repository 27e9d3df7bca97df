import { readFileSync } from 'node:fs';

/** One folder of `lib/` with its own index.ts, as listed in `.config/rooms.json`, lowest layer first. */
export interface Room {
  /** Path below `lib/`; empty for the files of `lib/` itself. */
  readonly folder: string;
  readonly layer: number;
  readonly about: string;
  /** Rooms that its files may import, by their index.ts. */
  readonly imports: readonly string[];
  /** Packages that its files may import, and `node:`. */
  readonly packages: readonly string[];
  /** Optional packages: its files may import them if the user has installed them. */
  readonly optionalPeers?: readonly string[];
  /** Further files, beside index.ts, that are loaded directly. */
  readonly entryFiles?: readonly string[];
  /** Files with a computed import: the user names the module. */
  readonly computedImports?: readonly string[];
  /** Subpath of its public entry point after `nestjs-authz/`; `.` for the package itself. */
  readonly entryPoint?: string;
}

export const ROOMS = JSON.parse(readFileSync('.config/rooms.json', 'utf8')) as readonly Room[];
