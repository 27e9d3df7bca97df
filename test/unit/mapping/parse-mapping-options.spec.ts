import { AuthzConfigError } from '../../../lib/core/index.js';
import { parseMappingOptions } from '../../../lib/mapping/index.js';

describe('parseMappingOptions', () => {
  class Provider {
    permissionsFor() {
      return ['orders:read'];
    }
  }
  const source = { name: 'own', load: () => ({ content: { document: { roles: { viewer: ['a'] } } } }) };

  it('accepts a document, a source, a provider class or a provider', async () => {
    const settings = parseMappingOptions({ roles: { viewer: ['a'] } });
    expect(settings).toMatchObject({ timeoutMs: 2000, source: { name: 'static' } });
    expect('source' in settings && (await settings.source.load(() => undefined))).toEqual(source.load());
    expect(parseMappingOptions(source)).toEqual({ source, timeoutMs: 2000 });
    expect(parseMappingOptions({ provider: Provider })).toEqual({ provider: Provider, timeoutMs: 2000 });
    const provider = new Provider();
    expect(parseMappingOptions({ provider, timeoutMs: 60_000 })).toEqual({ provider, timeoutMs: 60_000 });
  });

  it.each([[undefined], [null], ['mapping.yaml'], [[]], [{}], [{ role: {} }], [Provider], [new Provider()], [{ load: true }]])(
    'refuses %p and says what to write',
    (mapping) => {
      expect(() => parseMappingOptions(mapping)).toThrow(AuthzConfigError);
      expect(() => parseMappingOptions(mapping)).toThrow(
        /^"mapping" must be \{ roles: .*fileMapping\('mapping\.yaml'\).*provider.*, got /,
      );
    },
  );

  it.each([[undefined], [null], ['Provider'], [{}], [{ permissionsFor: 1 }], [[]]])('refuses the provider %p', (provider) => {
    expect(() => parseMappingOptions({ provider })).toThrow(/^"mapping\.provider" must be a class or an object with the method/);
  });

  it.each([[0], [60_001], [Number.NaN], ['1000'], [null]])('refuses the deadline %p', (timeoutMs) => {
    expect(() => parseMappingOptions({ provider: Provider, timeoutMs })).toThrow(
      /^"mapping\.timeoutMs" must be a number of milliseconds/,
    );
  });

  it('refuses an unknown member beside a provider', () => {
    expect(() => parseMappingOptions({ provider: Provider, timeoutMS: 5 })).toThrow(
      '"mapping" has no option "timeoutMS". Did you mean "timeoutMs"?',
    );
  });
});
