import fc from 'fast-check';
import { parseAuthenticationSettings } from '../../../../lib/authentication/index.js';
import { tokenPrincipal } from '../../../../lib/authentication/tokens/token-principal.js';

const settingsOf = (...prefixes: (string | undefined)[]) =>
  parseAuthenticationSettings({
    audience: null,
    issuers: prefixes.map((rolePrefix, index) => ({
      issuer: `https://id-${index}.acme.test`,
      ...(rolePrefix !== undefined && { rolePrefix }),
    })),
  }).issuers;
const now = Math.floor(Date.now() / 1000);
const claims = (iss: string, roles: readonly string[]) => ({ iss, sub: 'alice', exp: now + 60, iat: now, scope: 'x', roles });

describe('the prefixes of several issuers', () => {
  it.each([
    ['one begins with the other', ['partner:', 'partner:eu:']],
    ['the other way round', ['partner:eu:', 'partner:']],
    ['they are equal', ['partner:', 'partner:']],
    ['the last two of three overlap', [undefined, 'a', 'ab']],
  ])('stop the start where %s', (_how, prefixes) => {
    expect(() => settingsOf(...prefixes)).toThrow(
      /"rolePrefix" "[^"]+" of "https:\/\/id-\d.acme.test" and "[^"]+" of .* overlap/,
    );
  });

  it.each([
    ['none has one', [undefined, undefined, '']],
    ['one has one', ['partner:', undefined]],
    ['none begins with another', ['partner:', 'part:', 'acme:']],
  ])('do not where %s', (_how, prefixes) => {
    expect(settingsOf(...prefixes)).toHaveLength(prefixes.length);
  });

  it('keep an issuer without one from giving a role of another', () => {
    const [own, partner] = settingsOf(undefined, 'partner:');
    const verdict = (settings: typeof own, ...roles: string[]) => {
      const found = tokenPrincipal(claims(settings!.issuer, roles), settings!);
      return typeof found === 'string' || 'reason' in found ? found : found.roles;
    };
    expect(verdict(own, 'admin', 'partners')).toEqual(['admin', 'partners']);
    expect(verdict(own, 'admin', 'partner:admin')).toBe('claims_invalid');
    expect(verdict(partner, 'admin', 'partner:admin')).toEqual(['partner:admin', 'partner:partner:admin']);
  });

  it('leave no role that two issuers could both give, except without a prefix', () => {
    const part = fc.string({ minLength: 0, maxLength: 4, unit: fc.constantFrom('a', 'b', ':') });
    fc.assert(
      fc.property(part, part, part, part, (first, second, role, other) => {
        fc.pre(first !== '' || second !== '');
        let issuers;
        try {
          issuers = settingsOf(first, second);
        } catch {
          return; // the start stopped
        }
        const [a, b] = issuers.map((settings, index) =>
          tokenPrincipal(
            claims(
              settings.issuer,
              [index === 0 ? role : other].filter((name) => name !== ''),
            ),
            settings,
          ),
        );
        if (typeof a !== 'object' || typeof b !== 'object' || 'reason' in a || 'reason' in b) return; // refused
        expect(a.roles.filter((name) => b.roles.includes(name))).toEqual([]);
      }),
    );
  });
});
