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
 * Returns the packages that must be installed to load a file and everything that it may load later: a bundler that produces one file puts the
 * static imports of both at its top.
 */
function needed(entry: string, sources: ReadonlyMap<string, string>): readonly Found[] {
  const files = new Set([entry]);
  const found: Found[] = [];
  // Iterating over a Set also visits members that are added meanwhile.
  for (const file of files)
    for (const { specifier, kind } of importsOf(file, sources.get(file) ?? '')) {
      const target = targetOf(file, specifier);
      if (kind === 'type') continue;
      if (target !== undefined) files.add(target);
      else if (kind === 'static') found.push({ file, name: packageOf(specifier) });
    }
  return found;
}

describe('the bundle of an application without the optional packages', () => {
  const sources = readSources('lib', '.ts');
  const found = needed('index.ts', sources);

  it('includes files that are loaded later', () => {
    expect(found).toContainEqual({ file: 'authentication/tokens/jwt.strategy.ts', name: 'passport-jwt' });
    expect(found).toContainEqual({ file: 'transports/microservices/open-microservices.ts', name: '@nestjs/common' });
  });

  it.each(OPTIONAL)('does not import %s', (optional) => {
    expect(found.filter(({ name }) => name === optional)).toEqual([]);
  });

  it.each(OPTIONAL)('loads %s, if at all, only in a try block', (optional) => {
    const built = [...readSources('dist', '.js')].filter(([file]) => !file.startsWith('cli/'));
    const calls = built.flatMap(([file, code]) =>
      [...code.matchAll(new RegExp(`import\\('${optional}[/']`, 'g'))].map(({ index }) => ({
        file,
        before: code.slice(0, index),
      })),
    );
    // The code between `try {` and the end of the block.
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
