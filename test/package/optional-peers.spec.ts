import { readFileSync } from 'node:fs';
import { importsOf, packageOf, readSources, targetOf } from './imports.js';

const { peerDependenciesMeta } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
};
const OPTIONAL = Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name]?.optional);

interface Found {
  readonly file: string;
  readonly name: string;
}

/**
 * The packages that must be installed for a file to load, and for all that it may load later: a bundler that makes one file puts the static
 * imports of both at its top.
 */
function needed(entry: string, sources: ReadonlyMap<string, string>): readonly Found[] {
  const files = new Set([entry]);
  const found: Found[] = [];
  // A Set is walked in order of insertion, what is added on the way included.
  for (const file of files)
    for (const { specifier, kind } of importsOf(file, sources.get(file) ?? '')) {
      const target = targetOf(file, specifier);
      if (kind === 'type') continue;
      if (target !== undefined) files.add(target);
      else if (kind === 'static') found.push({ file, name: packageOf(specifier) });
    }
  return found;
}

describe('what an application without the optional packages bundles', () => {
  const sources = readSources('lib', '.ts');
  const found = needed('index.ts', sources);

  it('includes what is loaded later', () => {
    expect(found).toContainEqual({ file: 'authentication/tokens/jwt.strategy.ts', name: 'passport-jwt' });
    expect(found).toContainEqual({ file: 'transports/microservices/open-microservices.ts', name: '@nestjs/common' });
  });

  it.each(OPTIONAL)('does not import %s', (optional) => {
    expect(found.filter(({ name }) => name === optional)).toEqual([]);
  });

  it.each(OPTIONAL)('tries to load %s, if at all, where a failure is handled', (optional) => {
    const built = [...readSources('dist', '.js')].filter(([file]) => !file.startsWith('cli/'));
    const calls = built.flatMap(([file, code]) =>
      [...code.matchAll(new RegExp(`import\\('${optional}[/']`, 'g'))].map(({ index }) => ({
        file,
        before: code.slice(0, index),
      })),
    );
    // What follows `try {` and is no end of it.
    for (const { before } of calls) expect(before.slice(before.lastIndexOf('try {'))).not.toMatch(/^\s*\} catch/m);
    for (const { before } of calls) expect(before).toContain('try {');
  });
});

describe('the search for packages that must be installed', () => {
  it.each([
    [`import { X } from '@nestjs/microservices';`, 1],
    [`export { X } from '@nestjs/microservices/deep.js';`, 1],
    [`import type { X } from '@nestjs/microservices';`, 0],
    [`await import('@nestjs/microservices');`, 0],
  ])('finds in a file that is loaded later: %s', (source, count) => {
    const sources = new Map([
      ['index.ts', `await import('./later.js');`],
      ['later.ts', source],
    ]);
    expect(needed('index.ts', sources)).toHaveLength(count);
  });
});
