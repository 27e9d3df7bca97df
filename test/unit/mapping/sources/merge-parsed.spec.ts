import { mergeParsed } from '../../../../lib/mapping/sources/merge-parsed.js';
import { parseMapping } from '../../../../lib/mapping/document/parse-mapping.js';

const merged = (first: object, second: object) => mergeParsed(parseMapping(first, 'first'), parseMapping(second, 'second'));

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
