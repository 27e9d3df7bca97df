import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Type } from '@nestjs/common';
import { isRecord, OWN_FOLDER } from '../../core/index.js';

/** One loaded copy of the library. */
export interface Copy {
  /** A folder of the copy; `undefined` if it is part of a bundle. */
  readonly path: string | undefined;
}

/** `Symbol.for()`, not `Symbol()`: each copy must recognise objects of the others. */
const COPY: unique symbol = Symbol.for('nestjs-authz:copy');

interface Marked {
  readonly [COPY]?: Copy;
}

/** This copy. Every other copy has another object, even if it was loaded from the same files. */
export const THIS_COPY: Copy = Object.freeze({ path: OWN_FOLDER });

/** Key of the injectable classes of all copies. `Symbol.for()`, as above. */
const INJECTED: unique symbol = Symbol.for('nestjs-authz:injected');

interface Shared {
  [INJECTED]?: Set<Type>;
}

/** Makes a class that applications inject visible to other copies. */
export function shareInjected(own: Type): void {
  injected().add(own);
}

/** Returns the shared class of every other copy in the process. */
export function otherInjected(own: Type): readonly Type[] {
  return [...injected()].filter((each) => each !== own);
}

function injected(): Set<Type> {
  const shared: Shared = globalThis as object;
  const known = shared[INJECTED] ?? new Set();
  shared[INJECTED] = known;
  return known;
}

/** Marks an object as created by this copy, for the other copies. */
export function markCopy<Made extends object>(made: Made): Made {
  return Object.defineProperty(made, COPY, { value: THIS_COPY });
}

/** Returns the other copy of the library that created a value; `undefined` if this copy or none did. */
export function otherCopyOf(value: unknown): Copy | undefined {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return undefined;
  const copy = (value as Marked)[COPY];
  return copy === THIS_COPY ? undefined : copy;
}

/** Describes a copy for a message: its folder and, if readable, its version. */
export function described({ path }: Copy): string {
  if (path === undefined) return 'one inside a bundle';
  const version = versionAt(path);
  return version === undefined ? path : `${version} in ${path}`;
}

/** Reads the nearest package.json with a name: the folder of the CommonJS form has one without. */
function versionAt(folder: string): string | undefined {
  const manifest = manifestIn(folder);
  const parent = dirname(folder);
  if (manifest?.['name'] === undefined) return parent === folder ? undefined : versionAt(parent);
  // A bundle lies in the package of the application.
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
