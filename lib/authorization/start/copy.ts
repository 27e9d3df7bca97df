import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Type } from '@nestjs/common';
import { isRecord, OWN_FOLDER } from '../../core/index.js';

/** One copy of the library, as it was loaded. */
export interface Copy {
  /** A folder of it; `undefined` where it is part of a bundle. */
  readonly path: string | undefined;
}

/** Registered: each copy has to know what another one made. */
const COPY: unique symbol = Symbol.for('nestjs-authz:copy');

interface Marked {
  readonly [COPY]?: Copy;
}

/** This copy. Another one has another object, also where it was loaded from the same files. */
export const THIS_COPY: Copy = Object.freeze({ path: OWN_FOLDER });

/** Where each copy leaves the class that applications inject: registered, as above. */
const INJECTED: unique symbol = Symbol.for('nestjs-authz:injected');

interface Shared {
  [INJECTED]?: Set<Type>;
}

/** Lets other copies know of the class that applications inject. */
export function shareInjected(own: Type): void {
  injected().add(own);
}

/** That of every other copy in the process. */
export function otherInjected(own: Type): readonly Type[] {
  return [...injected()].filter((each) => each !== own);
}

function injected(): Set<Type> {
  const shared: Shared = globalThis as object;
  const known = shared[INJECTED] ?? new Set();
  shared[INJECTED] = known;
  return known;
}

/** Marks what this copy has made, so that another one knows it. */
export function markCopy<Made extends object>(made: Made): Made {
  return Object.defineProperty(made, COPY, { value: THIS_COPY });
}

/** The other copy of the library that something is of; `undefined`: it is of this one, or of none. */
export function otherCopyOf(value: unknown): Copy | undefined {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return undefined;
  const copy = (value as Marked)[COPY];
  return copy === THIS_COPY ? undefined : copy;
}

/** For a message: where it lies and, as far as that can be read, its version. */
export function described({ path }: Copy): string {
  if (path === undefined) return 'one inside a bundle';
  const version = versionAt(path);
  return version === undefined ? path : `${version} in ${path}`;
}

/** From the nearest package.json that has one: beside the CommonJS form lies one without. */
function versionAt(folder: string): string | undefined {
  const manifest = manifestIn(folder);
  const parent = dirname(folder);
  if (manifest?.['name'] === undefined) return parent === folder ? undefined : versionAt(parent);
  // What was bundled lies in the package of the application.
  return manifest['name'] === 'nestjs-authz' ? String(manifest['version']) : undefined;
}

function manifestIn(folder: string): Record<string, unknown> | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return isRecord(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}
