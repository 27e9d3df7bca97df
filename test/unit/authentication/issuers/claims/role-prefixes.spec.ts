import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { IssuerVerifier, legacyIssuer, parseAuthenticationSettings } from '../../../../../lib/authentication/index.js';
import { tokenShape, type TokenShape } from '../../../../../lib/authentication/tokens/token-shape.js';
import { tokenPrincipal } from '../../../../../lib/authentication/tokens/token-principal.js';

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
  ])('stop the start if %s', (_how, prefixes) => {
    expect(() => settingsOf(...prefixes)).toThrow(
      /"rolePrefix" "[^"]+" of "https:\/\/id-\d.acme.test" and "[^"]+" of .* overlap/,
    );
  });

  it.each([
    ['none has one', [undefined, undefined, '']],
    ['one has one', ['partner:', undefined]],
    ['none begins with another', ['partner:', 'part:', 'acme:']],
  ])('do not if %s', (_how, prefixes) => {
    expect(settingsOf(...prefixes)).toHaveLength(prefixes.length);
  });

  it('keep an issuer without one from giving a role of another', () => {
    const [own, partner] = settingsOf(undefined, 'partner:');
    const verdict = (settings: typeof own, ...roles: string[]) => {
      const found = tokenPrincipal(claims(settings!.issuer, roles), settings!);
      return 'reason' in found ? found.reason : found.roles;
    };
    expect(verdict(own, 'admin', 'partners')).toEqual(['admin', 'partners']);
    expect(verdict(own, 'admin', 'partner:admin')).toBe('claims_invalid');
    expect(verdict(partner, 'admin', 'partner:admin')).toEqual(['partner:admin', 'partner:partner:admin']);
  });

  it.each<[string, object]>([
    ['found', { roles: () => ['partner:admin'] }],
    ['translated from what is found', { roles: () => ['root'], role: () => 'partner:admin' }],
  ])('keep an old login from giving a role of another that is %s', async (_how, options) => {
    const key = 'a secret of the old service, 32 bytes and more';
    const old = legacyIssuer({ issuer: 'old', key, audience: null, acceptUntil: '2999-01-01T00:00:00Z', ...options });
    const partner = { issuer: 'https://partner.acme.test', rolePrefix: 'partner:' };
    const [settings] = parseAuthenticationSettings({ audience: null, issuers: [old, partner] }).issuers;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${part({ alg: 'HS256' })}.${part(claims('old', []))}`;
    const token = `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    const failures: string[] = [];
    const report = (error: unknown) => void failures.push((error as Error).message);
    const verifier = new IssuerVerifier(settings!, undefined, undefined, report);
    expect(await verifier.verify(token, tokenShape(token, 16_384) as TokenShape)).toMatchObject({ reason: 'roles_unavailable' });
    expect(failures).toEqual(['"roles" found a role that begins with the "rolePrefix" of another issuer']);
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
