import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as library from '../../../../lib/index.js';
import { issuerFrom } from '../../../../lib/cli/why/issuer-presets.js';
import { PRESET_OPTIONS } from '../../../tokens/preset-options.js';

const terminal = {
  env: { OLD_SECRET: 'a secret that is long enough: 32 bytes' },
  stdin: Readable.from([]),
  isWatched: false,
  out: () => undefined,
  err: () => undefined,
};
const made = (value: unknown) => issuerFrom(value, 'issuer', terminal);

describe('an issuer in a file', () => {
  it('can be each preset of the library, with the same options', () => {
    const files = readdirSync('lib/authentication/issuers/presets').filter((file) => file !== 'preset-options.ts');
    expect(Object.keys(PRESET_OPTIONS)).toHaveLength(files.length);
    for (const [name, options] of Object.entries(PRESET_OPTIONS)) {
      const make = (library as unknown as Record<string, (given: object) => object>)[name];
      expect(JSON.stringify(made({ preset: name, ...options }))).toBe(JSON.stringify(make?.(options)));
    }
  });

  it('can replace members that the preset returns', () => {
    expect(made({ preset: 'keycloak', url: 'https://id.acme.com', realm: 'a', subject: 'id', audience: 'x' })).toMatchObject({
      issuer: 'https://id.acme.com/realms/a',
      subject: 'id',
      audience: 'x',
    });
  });

  it('can be a legacy issuer whose secret is in an environment variable', () => {
    const issuer = made({ preset: 'legacyIssuer', issuer: 'users', key: 'env:OLD_SECRET', acceptUntil: '2999-01-01' });
    expect(issuer).toMatchObject({ issuer: 'users', legacy: { algorithms: ['HS256'] } });
    expect(() => made({ preset: 'legacyIssuer', issuer: 'users', key: 'env:NONE', acceptUntil: '2999-01-01' })).toThrow(
      'The environment variable NONE is not set.',
    );
  });

  it('is unchanged without a preset', () => {
    for (const value of ['https://id.acme.com', { issuer: 'https://id.acme.com' }, 7]) expect(made(value)).toBe(value);
  });

  it.each([
    [{ preset: 'keyclok' }, /"issuer.preset" must be one of auth0, .*, got "keyclok"\. Did you mean "keycloak"\?/],
    [{ preset: 'constructor' }, /got "constructor"/],
    [{ preset: 7 }, /got 7/],
    [{ preset: 'keycloak', url: 'https://id.acme.com' }, /keycloak\(\{ realm \}\)/],
  ])('reports the fault in %j', (value, message) => {
    expect(() => made(value)).toThrow(message);
  });
});
