import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as library from '../../lib/index.js';
import { ISSUER_OPTION_NAMES } from '../../lib/authentication/index.js';
import { Refusals } from '../../lib/authorization/index.js';
import { REFUSAL_REASONS } from '../../lib/core/index.js';
import { TRANSPORTS } from '../../lib/authz.transports.js';
import { OPTION_NAMES } from '../../lib/authz-module-options.interface.js';
import { ROOMS } from './rooms.js';

const contentOf = (file: string) => readFileSync(file, 'utf8');
const AUTHENTICATION = contentOf('lib/authentication/README.md');
const AUTHORIZATION = contentOf('lib/authorization/README.md');

const filesIn = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
/** All documents for users, as one string. */
const DOCUMENTS = ['README.md', ...filesIn('lib', 'README.md'), ...filesIn('docs', '.md')].map(contentOf).join('\n');
const ENTRY_POINTS = ROOMS.flatMap(({ entryPoint = '.' }) => (entryPoint === '.' ? [] : [entryPoint]));

/** Returns the first cell of each table row, and the rest of the row. */
const rowsOf = (document: string) =>
  [...document.matchAll(/^\| ([^|]+?) +\|(.*)\|$/gm)].map(([, first = '', rest = '']) => [first, rest]);

/** The presets, whose names are the names of their files in camel case. */
const PRESETS = readdirSync('lib/authentication/issuers/presets')
  .filter((file) => file !== 'preset-options.ts')
  .map((file) => file.replace('.ts', '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));

describe('the documentation', () => {
  it.each(PRESETS)('has the preset %s, which the package exports', (name) => {
    expect(Object.keys(library)).toContain(name);
    expect(rowsOf(AUTHENTICATION).filter(([first]) => first!.includes(`\`${name}(`))).toHaveLength(1);
  });

  it.each(OPTION_NAMES)('has the option %s in one of the two tables of options', (name) => {
    const tables = [AUTHENTICATION, AUTHORIZATION].map((document) => document.split('## Options\n')[1]?.split('\n## ')[0] ?? '');
    expect(tables.flatMap(rowsOf).map(([first]) => first)).toContain(`\`${name}\``);
  });

  it.each(ISSUER_OPTION_NAMES.filter((name) => name !== 'legacy'))('has the option %s of an issuer', (name) => {
    expect(rowsOf(AUTHENTICATION).some(([first]) => first!.includes(`\`${name}\``))).toBe(true);
  });

  it.each(REFUSAL_REASONS)('has the reason %s, with its status', (reason) => {
    const { status } = new Refusals({}).of(reason);
    const rows = rowsOf(AUTHORIZATION).filter(([first, rest]) => /^[45]\d\d\b/.test(first!) && rest!.includes(`\`${reason}\``));
    expect(rows.map(([first]) => first!.slice(0, 3))).toEqual([String(status)]);
  });

  it.each(readdirSync('lib/sources'))('has the mappings of sources/%s in the table of sources', (name) => {
    const rows = rowsOf(contentOf('lib/mapping/README.md'));
    expect(rows.filter(([first]) => first!.includes(`](../sources/${name}/README.md)`))).toHaveLength(1);
  });

  it.each(ENTRY_POINTS)('has the entry point nestjs-authz/%s', (name) => {
    expect(new RegExp(`nestjs-authz/${name}['\`]`).test(DOCUMENTS)).toBe(true);
  });
});

describe('the transports', () => {
  it('are registered if a room defines them', () => {
    const rooms = readdirSync('lib/transports').filter((name) => existsSync(`lib/transports/${name}/transport-definition.ts`));
    const registered = [...contentOf('lib/authz.transports.ts').matchAll(/'\.\/transports\/([\w-]+)\//g)].map(([, name]) => name);
    expect(registered.sort()).toEqual(rooms.sort());
    expect(TRANSPORTS).toHaveLength(rooms.length);
  });

  it.each(TRANSPORTS.map(({ name }) => name))('have %s in the table of transports', (name) => {
    const rows = rowsOf(contentOf('docs/transports.md')).map(([first = '']) => first.toLowerCase());
    expect(rows.filter((first) => first.includes(`**${name.toLowerCase()}**`))).toHaveLength(1);
  });
});

describe('the tests', () => {
  it.each(PRESETS)('try the preset %s', (name) => {
    const unit = contentOf('test/unit/authentication/issuers/presets/presets.spec.ts');
    expect(new RegExp(`^describe\\('[^']*\\b${name}\\b`, 'm').test(unit)).toBe(true);
    const [, underTest = ''] = contentOf('test/e2e/issuers.e2e-spec.ts').split("describe('presets under test'");
    expect(new RegExp(`\\['${name}\\b.*\\b${name}\\(`).test(underTest)).toBe(true);
  });
});
