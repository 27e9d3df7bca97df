import { Readable } from 'node:stream';
import { readConfig, type ConfigOptions } from '../../../../lib/cli/why/why-config.js';
import { Scratch } from '../scratch.js';

const scratch = new Scratch();
const terminal = { env: {}, stdin: Readable.from([]), isWatched: false, out: () => undefined, err: () => undefined };
const config = (options: ConfigOptions) => readConfig(options, terminal);
const options = { issuer: 'https://id.acme.com', audience: 'orders' };

describe('the configuration of nestjs-authz why', () => {
  it('is read from --issuer, --audience and --role-claim', async () => {
    const flags = { issuer: 'https://id.acme.com', audience: ['orders', 'bills'] };
    expect(await config(flags)).toEqual({
      options: { issuer: flags.issuer, audience: flags.audience },
      mapping: undefined,
    });
    const roleClaim = ['realm_access.roles', 'https://acme.com/roles'];
    expect((await config({ ...flags, roleClaim })).options.issuer).toEqual({
      issuer: flags.issuer,
      roles: { anyOf: ['realm_access.roles', ['https://acme.com/roles']] },
    });
  });

  it('is read from a file in JSON or YAML, with presets', async () => {
    const json = await scratch.write('a.json', { ...options, issuer: { preset: 'auth0', domain: 'acme.eu.auth0.com' } });
    expect((await config({ config: json })).options).toMatchObject({
      issuer: { issuer: 'https://acme.eu.auth0.com/' },
      audience: 'orders',
    });
    const yaml = await scratch.write(
      'a.yaml',
      'audience: orders\nissuers:\n  - https://id.acme.com\n  - { preset: okta, domain: acme.okta.com }\n',
    );
    expect((await config({ config: yaml })).options.issuers).toEqual([
      'https://id.acme.com',
      expect.objectContaining({ issuer: 'https://acme.okta.com/oauth2/default' }),
    ]);
  });

  it('names a mapping by a path relative to its file', async () => {
    await scratch.write('mapping.yaml', 'roles: { viewer: [orders:read] }');
    const file = await scratch.write('b.json', { ...options, mapping: 'mapping.yaml' });
    const { mapping } = await config({ config: file });
    expect(await (mapping as { load(): Promise<unknown> }).load()).toMatchObject({
      content: { text: expect.stringContaining('viewer') },
    });
  });

  it.each([
    ['an ES module', 'a.mjs', 'export default OPTIONS;'],
    ['a CommonJS module', 'a.cjs', 'module.exports = OPTIONS;'],
    [
      'what TypeScript makes for CommonJS',
      'b.cjs',
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = OPTIONS;',
    ],
    ['a function', 'b.mjs', 'export default () => (OPTIONS);'],
    ['a function that returns a promise', 'c.mjs', 'export default async () => (OPTIONS);'],
  ])('is loaded from a module of the application: %s', async (_, name, text) => {
    const file = await scratch.write(name, text.replace('OPTIONS', JSON.stringify({ ...options, mapping: { roles: {} } })));
    expect(await config({ config: file })).toEqual({ options: { ...options, mapping: { roles: {} } }, mapping: { roles: {} } });
  });

  it.each([
    ['export const options = {};', /exports no options\. Write: export default \{ issuer, audience, mapping \};/],
    ['export default 7;', /must contain the options of AuthzModule/],
    ['throw new Error("no database");', /cannot be loaded: no database/],
    ['export default () => { throw new Error("no DATABASE_URL"); };', /cannot be loaded: no DATABASE_URL/],
    ['import "not-installed-anywhere"; export default {};', /cannot be loaded: /],
    [
      'export default { issuer: "https://id.acme.com", audiense: "orders" };',
      /has no option "audiense"\. Did you mean "audience"\?/,
    ],
  ])('reports the fault in the module %j', async (text, message) => {
    const file = await scratch.write(`wrong${message.source.length}${text.length}.mjs`, text);
    await expect(config({ config: file })).rejects.toThrow(message);
  });

  it.each<[ConfigOptions, RegExp]>([
    [{}, /Write --config <file>, or --issuer <url> and --audience <name>/],
    [{ issuer: 'https://id.acme.com' }, /--audience is missing/],
    [{ config: 'a.json', issuer: 'https://id.acme.com' }, /--issuer cannot be combined with --config: write it into a\.json/],
    [{ config: 'a.json', audience: ['x'] }, /--audience cannot be combined with --config/],
    [{ config: 'a.json', roleClaim: ['x'] }, /--role-claim cannot be combined with --config/],
    [{ config: 'nowhere.json' }, /nowhere\.json cannot be read: no such file or directory/],
    [{ config: 'nowhere.mjs' }, /nowhere\.mjs cannot be read: no such file or directory/],
  ])('reports the fault in %j', async (flags, message) => {
    await expect(config(flags)).rejects.toThrow(message);
  });

  it.each([
    ['{ "issuer": ', /cannot be read as JSON or YAML/],
    ['- a\n- b\n', /must contain the options of AuthzModule/],
    ['isuer: https://id.acme.com\n', /has no option "isuer"\. Did you mean "issuer"\?/],
  ])('reports the fault in the file %j', async (text, message) => {
    const file = await scratch.write(`wrong${text.length}.yaml`, text);
    await expect(config({ config: file })).rejects.toThrow(message);
  });
});
