import { mergeParsed } from '../../../../lib/mapping/sources/merge-parsed.js';
import { documentOf } from '../../../../lib/mapping/compiled/to-document.js';
import { parseCondition } from '../../../../lib/mapping/conditions/parse-condition.js';
import { parseMapping } from '../../../../lib/mapping/document/parse-mapping.js';

const parsed = (document: object) => parseMapping(document, 'test', { parseCondition });
const merged = (first: object, second: object) => mergeParsed(parsed(first), parsed(second), 'both');

describe('mergeParsed', () => {
  it('gives each role the entries of both documents, each once', () => {
    const { roles } = merged(
      { roles: { clerk: { permissions: ['a:b', 'a:c'], description: 'Of the first' }, viewer: ['a:b'] } },
      { roles: { clerk: { permissions: ['a:c'], deny: ['a:d'], inherits: ['night'], description: 'Of the second' }, night: [] } },
    );
    expect(roles.get('clerk')).toMatchObject({
      permissions: ['a:b', 'a:c'],
      deny: ['a:d'],
      inherits: ['night'],
      description: 'Of the first',
    });
    expect([...roles.keys()]).toEqual(['clerk', 'viewer', 'night']);
  });

  it('takes the description of the second document if the first has none', () => {
    const { roles } = merged({ roles: { clerk: ['a:b'] } }, { roles: { clerk: { permissions: [], description: 'Sells' } } });
    expect(roles.get('clerk')?.description).toBe('Sells');
  });

  it('gives a tenant the roles of both documents, also if one has no such tenant', () => {
    const { tenants } = merged(
      { roles: { clerk: ['a:b'] }, tenants: { acme: { roles: { clerk: ['a:c'] } } } },
      { roles: { clerk: { permissions: ['a:d'], deny: ['a:e'] } }, tenants: { bolt: { roles: { clerk: ['a:f'] } } } },
    );
    expect(tenants.get('acme')?.get('clerk')).toMatchObject({ permissions: ['a:c', 'a:d'], deny: ['a:e'] });
    expect(tenants.get('bolt')?.get('clerk')).toMatchObject({ permissions: ['a:b', 'a:f'], deny: [] });
  });

  it('has a catalogue if both documents have one, with the descriptions of the first', () => {
    const listed = { roles: {}, permissions: { 'a:b': 'First', 'a:c': 'First' } };
    const other = { roles: {}, permissions: { 'a:b': 'Second', 'a:d': 'Second' } };
    const { permissions } = merged(listed, other);
    expect(Object.fromEntries(permissions ?? [])).toEqual({ 'a:b': 'First', 'a:c': 'First', 'a:d': 'Second' });
    expect(merged(listed, { roles: {} }).permissions).toBeUndefined();
    expect(merged({ roles: {} }, listed).permissions).toBeUndefined();
  });

  describe('with conditions', () => {
    const own = { permission: 'orders:update', when: 'resource.ownerId == principal.subject' };
    const small = { permission: 'orders:update', when: 'resource.amount < 5' };

    it('keeps each condition of a permission once, however it is written, beside the permission without one', () => {
      const spaced = { ...own, when: '(resource.ownerId==principal.subject)' };
      const { roles } = merged(
        { roles: { clerk: { permissions: [own], deny: [small] } } },
        { roles: { clerk: { permissions: [spaced, small, 'orders:update'], deny: [own, small] } } },
      );
      expect(roles.get('clerk')).toMatchObject({ permissions: [own, small, 'orders:update'], deny: [small, own] });
    });

    it('has the declared resources of both, which must be equal', () => {
      const orders = { resources: { orders: { ownerId: 'string', amount: 'number' } }, roles: {} };
      const bills = { resources: { bills: { paid: 'boolean' }, orders: { amount: 'number', ownerId: 'string' } }, roles: {} };
      expect(documentOf(merged(orders, bills)).resources).toEqual({ ...orders.resources, ...bills.resources });
      expect(() => merged(orders, { resources: { orders: { ownerId: 'string' } }, roles: {} })).toThrow(
        /The mapping from both cannot be used:\n {2}resources\.orders: the two documents declare other attributes for it/,
      );
    });

    it('requires the stricter step-up of both, also if only one of them lists all permissions', () => {
      const listed = { permissions: { 'a:b': { requires: { acr: ['mfa', 'hwk'], maxAgeSeconds: 60 } }, 'a:c': '' }, roles: {} };
      const other = { requires: { 'a:b': { acr: ['hwk', 'pin'], maxAgeSeconds: 300 }, 'a:d': { acr: 'pin' } }, roles: {} };
      for (const [first, second] of [
        [listed, other],
        [other, listed],
      ] as const) {
        const document = documentOf(merged(first, second));
        expect(document).toEqual({
          roles: {},
          requires: { 'a:b': { acr: ['hwk'], maxAgeSeconds: 60 }, 'a:d': { acr: ['pin'] } },
        });
        expect(parsed(document).stepUps).toEqual(merged(first, second).stepUps);
      }
      const both = documentOf(merged(listed, { ...listed, permissions: { 'a:c': { requires: { acr: 'pin' } } } }));
      expect(both.permissions).toEqual({
        'a:b': { description: '', requires: { acr: ['mfa', 'hwk'], maxAgeSeconds: 60 } },
        'a:c': { description: '', requires: { acr: ['pin'] } },
      });
    });

    it('refuses documents that accept no common acr: no caller could meet both', () => {
      const requiring = (acr: string) => ({ requires: { 'a:b': { acr } }, roles: {} });
      expect(() => merged(requiring('mfa'), requiring('pin'))).toThrow(
        /requires\["a:b"\]: the two documents accept no common "acr": \["mfa"\] and \["pin"\]\./,
      );
    });
  });

  it.each([
    [{}, {}, undefined],
    [{ notAfter: '2040-01-01T00:00:00Z' }, {}, '2040-01-01T00:00:00.000Z'],
    [{}, { notAfter: '2040-01-01T00:00:00Z' }, '2040-01-01T00:00:00.000Z'],
    [{ notAfter: '2041-01-01T00:00:00Z' }, { notAfter: '2040-01-01T00:00:00Z' }, '2040-01-01T00:00:00.000Z'],
  ])('end when the first of them ends: %j and %j', (first, second, end) => {
    const { notAfter } = merged({ roles: {}, ...first }, { roles: {}, ...second });
    expect(notAfter === undefined ? undefined : new Date(notAfter).toISOString()).toBe(end);
  });

  it.each([
    [{ revision: 'a' }, { revision: 'b' }, 'a+b'],
    [{ revision: 'a' }, {}, undefined],
    [{}, { revision: 'b' }, undefined],
    [{ revision: 'a'.repeat(120) }, { revision: 'b'.repeat(120) }, undefined],
  ])('are named after both, or by their content: %j and %j', (first, second, revision) => {
    expect(merged({ roles: {}, ...first }, { roles: {}, ...second }).revision).toBe(revision);
  });
});
