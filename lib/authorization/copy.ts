import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One copy of the library, as it was loaded. */
export interface Copy {
  readonly path: string;
}

/** Registered: each copy has to know what another one made. */
const COPY: unique symbol = Symbol.for('nestjs-authz:copy');

interface Marked {
  readonly [COPY]?: Copy;
}

/** This copy. Another one has another object, also where it was loaded from the same files. */
export const THIS_COPY: Copy = Object.freeze({ path: fileURLToPath(new URL('../../', import.meta.url)) });

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
  try {
    const { version } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as { version: string };
    return `${version} in ${path}`;
  } catch {
    return path;
  }
}
