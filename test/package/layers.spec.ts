import { readSources } from './imports.js';
import { breaches, cycles } from './layers.js';

const lib = readSources('lib', '.ts');

describe('lib/', () => {
  it('is read as a whole', () => {
    expect([...lib.keys()]).toEqual(
      expect.arrayContaining(['index.ts', 'core/decide.ts', 'authentication/issuers/presets/auth0.ts']),
    );
  });

  it('has only imports that the layers allow', () => {
    expect(breaches(lib)).toEqual([]);
  });

  it('has no import cycle, types included', () => {
    expect(cycles(lib)).toEqual([]);
  });

  it('writes every log line with the logger that escapes', () => {
    const loggers = [...lib].filter(([, source]) =>
      /\bnew (Console)?Logger\(|\bextends (Console)?Logger\b|\bLogger\.(log|warn|error|debug)\(/.test(source),
    );
    expect(loggers.map(([file]) => file)).toEqual(['authorization/authz-logger.ts']);
  });
});

describe('the check of the layers', () => {
  it.each([
    ['core/a.ts', `import { createHash } from 'node:crypto';`, 'core/a.ts imports node:crypto: not in the list of its room'],
    ['core/a.ts', `import type { Type } from '@nestjs/common';`, 'core/a.ts imports @nestjs/common: not in the list of its room'],
    [
      'core/a.ts',
      `import type { X } from '../mapping/index.js';`,
      'core/a.ts imports ../mapping/index.js: the list of rooms does not allow it',
    ],
    ['core/a.ts', `import './index.js';`, 'core/a.ts imports ./index.js: inside a room, import the file itself'],
    [
      'core/deep/a.ts',
      `export * from '../index.js';`,
      'core/deep/a.ts imports ../index.js: inside a room, import the file itself',
    ],
    ['mapping/a.ts', `import 'js-yaml';`, 'mapping/a.ts imports js-yaml: not in the list of its room'],
    [
      'mapping/a.ts',
      `import { decide } from '../core/decide.js';`,
      'mapping/a.ts imports ../core/decide.js: enter another room by its index.ts',
    ],
    [
      'mapping/a.ts',
      `import '../authz.module.js';`,
      'mapping/a.ts imports ../authz.module.js: the list of rooms does not allow it',
    ],
    [
      'mapping/a.ts',
      `const a = await import('../testing/index.js');`,
      'mapping/a.ts imports ../testing/index.js: the list of rooms does not allow it',
    ],
    [
      'mapping/a.ts',
      `let a: import('../testing/index.js').A;`,
      'mapping/a.ts imports ../testing/index.js: the list of rooms does not allow it',
    ],
    ['mapping/a.ts', `const a = require('express');`, 'mapping/a.ts imports express: not in the list of its room'],
    ['mapping/a.ts', `import a = require('express');`, 'mapping/a.ts imports express: not in the list of its room'],
    ['mapping/a.ts', `const a = await import(name);`, 'mapping/a.ts imports (computed): a computed import cannot be checked'],
    [
      'authentication/a.ts',
      `import '../authorization/index.js';`,
      'authentication/a.ts imports ../authorization/index.js: the list of rooms does not allow it',
    ],
    ['authorization/a.ts', `import 'passport';`, 'authorization/a.ts imports passport: not in the list of its room'],
    [
      'authorization/a.ts',
      `export { X } from '@nestjs/passport/dist/x.js';`,
      'authorization/a.ts imports @nestjs/passport/dist/x.js: not in the list of its room',
    ],
    [
      'authz.module.ts',
      `import { decide } from './core/decide.js';`,
      'authz.module.ts imports ./core/decide.js: enter another room by its index.ts',
    ],
    [
      'authz.module.ts',
      `export type { X } from './testing/index.js';`,
      'authz.module.ts imports ./testing/index.js: the list of rooms does not allow it',
    ],
    [
      'authz.module.ts',
      `import type { X } from './index.js';`,
      'authz.module.ts imports ./index.js: the main entry point is for applications',
    ],
    ['testing/a.ts', `import '../index.js';`, 'testing/a.ts imports ../index.js: the main entry point is for applications'],
    [
      'testing/a.ts',
      `import '../../test/setup/esm.mjs';`,
      'testing/a.ts imports ../../test/setup/esm.mjs: the list of rooms does not allow it',
    ],
    ['helpers/a.ts', '', 'helpers/a.ts is in a folder that .config/rooms.json does not name'],
  ])('refuses in %s: %s', (file, source, breach) => {
    expect(breaches(new Map([[file, source]]))).toEqual([breach]);
  });

  it.each([
    ['core/a.ts', `import { b } from './b.js';`],
    ['mapping/a.ts', `import { readFile } from 'node:fs/promises';`],
    ['authorization/decorators/a.ts', `import { decide } from '../../core/index.js';`],
    ['authz.module.ts', `import { X } from './authz.module-definition.js';`],
    ['testing/a.ts', `import { X } from '../authz.module-definition.js';`],
  ])('allows in %s: %s', (file, source) => {
    expect(breaches(new Map([[file, source]]))).toEqual([]);
  });
});

describe('the check for cycles', () => {
  const around = (back: string): ReadonlyMap<string, string> =>
    new Map([
      ['core/start.ts', `import { a } from './a.js';`],
      ['core/a.ts', `import { b } from './b.js';`],
      ['core/b.ts', back],
    ]);

  it.each([
    `import { a } from './a.js';`,
    `export { a } from './a.js';`,
    `import './a.js';`,
    `const a = await import('./a.js');`,
    `import type { A } from './a.js';`,
    `import { type A } from './a.js';`,
    `export type { A } from './a.js';`,
  ])('finds the cycle that closes with %s', (back) => {
    expect(cycles(around(back))).toEqual(['core/a.ts > core/b.ts > core/a.ts']);
  });
});
