import fc from 'fast-check';
import type { TenantFormat } from '../../../../../lib/authentication/index.js';
import { tenantSettings } from '../../../../../lib/authentication/issuers/claims/tenant-reader.js';
import { readTenantName, UnreadableClaim } from '../../../../../lib/core/index.js';

const read = (format: TenantFormat, value: unknown) => {
  const { readTenant = readTenantName } = tenantSettings({ claim: 'organization', format }, 'issuer.tenant');
  return readTenant(value, 'organization');
};
const pick = (value: unknown) => (value as { id: string }[])[0]!.id;

describe('the option tenant', () => {
  it.each([['org'], [['org']], [{ claim: 'org' }], [{ claim: ['org'], format: 'string', required: false }]])(
    'reads one name where it is %j',
    (option) => {
      expect(tenantSettings(option, 'issuer.tenant')).toEqual({ tenant: ['org'] });
    },
  );
});

describe('a tenant', () => {
  it.each<[TenantFormat, unknown, string | undefined]>([
    ['string', 'acme', 'acme'],
    ['string', 42, '42'],
    // As Keycloak 26 writes its organizations.
    ['single', ['acme'], 'acme'],
    ['single', { acme: {} }, 'acme'],
    ['single', { acme: { id: '42ab', region: ['eu'] } }, 'acme'],
    ['single', 'acme', 'acme'],
    ['single', 42, '42'],
    ['single', [42], '42'],
    ['single', ['acme', 'acme'], 'acme'],
    ['single', JSON.parse('{"__proto__":{}}'), '__proto__'],
    ['single', [], undefined],
    ['single', {}, undefined],
    [pick, [{ id: 'acme' }], 'acme'],
    [() => 42 as never, 'x', '42'],
    [() => null, 'x', undefined],
  ])('in the format %p is read from %j as %j', (format, value, tenant) => {
    expect(read(format, value)).toBe(tenant);
  });

  it.each<[TenantFormat, unknown, string]>([
    ['string', ['acme'], "format: 'single'"],
    ['string', [], "format: 'single'"],
    ['string', { acme: {} }, "format: 'single'"],
    ['string', {}, "format: 'single'"],
    ['string', true, 'with a function'],
    ['string', '', 'with a function'],
    ['string', 4.2, 'with a function'],
    ['string', 'x'.repeat(257), 'with a function'],
    ['single', ['acme', 'other'], 'picks one'],
    ['single', { acme: {}, other: {} }, 'picks one'],
    ['single', [['acme']], 'picks one'],
    ['single', [{ id: 'acme' }], 'picks one'],
    ['single', [null], 'picks one'],
    ['single', [''], 'with a function'],
    ['single', { '': {} }, 'with a function'],
    ['single', [true], 'with a function'],
    ['single', false, 'with a function'],
    [pick, 'acme', 'null for no tenant'],
    [pick, [], 'null for no tenant'],
    [() => undefined as never, 'x', 'null for no tenant'],
    [() => '', 'x', 'null for no tenant'],
    [() => true as never, 'x', 'null for no tenant'],
    [() => ['acme'] as never, 'x', 'null for no tenant'],
    [() => 'x'.repeat(257), 'x', 'null for no tenant'],
    [() => Promise.resolve('acme') as never, 'x', 'null for no tenant'],
    [() => Promise.reject(new Error('late')) as never, 'x', 'null for no tenant'],
  ])('in the format %p cannot be read from %.30j, and the log says what to write: %s', (format, value, written) => {
    const found = read(format, value);
    expect(found).toBeInstanceOf(UnreadableClaim);
    expect(found).toMatchObject({ use: 'tenant', claim: 'organization', advice: expect.stringContaining(written) as string });
  });

  it('is a name, or cannot be read, whatever the claim holds; only an empty list or object is none', () => {
    const format = fc.constantFrom<TenantFormat>('string', 'single');
    fc.assert(
      fc.property(format, fc.oneof(fc.jsonValue(), fc.array(fc.string(), { maxLength: 2 })), (given, value) => {
        if (value === null) return;
        const tenant = read(given, value);
        const isNone = given === 'single' && typeof value === 'object' && Object.keys(value).length === 0;
        expect(tenant === undefined).toBe(isNone);
        if (typeof tenant === 'string') expect(JSON.stringify(value)).toContain(JSON.stringify(tenant).slice(1, -1));
      }),
      { numRuns: 1000 },
    );
  });
});
