import { ownSubject, subjectReader } from '../../../../../lib/authentication/issuers/claims/subject-reader.js';

const read = (option: unknown, claims: Record<string, unknown>) => subjectReader(option, 'issuer.subject').read(claims);

describe('subjectReader', () => {
  it.each<[unknown, Record<string, unknown>, string | undefined]>([
    ['uid', { uid: 'alice' }, 'alice'],
    ['user.id', { user: { id: 'alice' } }, 'alice'],
    [['https://acme.com/uid'], { 'https://acme.com/uid': 'alice' }, 'alice'],
    ['uid', { uid: 7 }, '7'],
    ['uid', { uid: 0 }, '0'],
    [{ anyOf: ['sub', 'common_name'] }, { sub: 'alice', common_name: 'job' }, 'alice'],
    [{ anyOf: ['sub', 'common_name'] }, { sub: '', common_name: 'job' }, 'job'],
    [{ anyOf: ['sub', 'common_name'] }, { common_name: 'job' }, 'job'],
    [{ anyOf: ['sub', 'common_name'] }, { sub: '', common_name: '' }, undefined],
    [{ anyOf: ['sub', 'common_name'] }, { sub: null, common_name: 'job' }, 'job'],
    [{ anyOf: ['sub', 'common_name'] }, { sub: ['alice'], common_name: 'job' }, undefined],
    [{ anyOf: ['sub', 'common_name'] }, { sub: false, common_name: 'job' }, undefined],
    [{ anyOf: ['user.id', 'sub'] }, { user: {}, sub: 'alice' }, 'alice'],
    [{ anyOf: ['user.id', 'sub'] }, { user: ['bob'], sub: 'alice' }, undefined],
    [{ anyOf: ['uid', 'sub'] }, { _claim_names: { uid: 'src1' }, sub: 'alice' }, undefined],
    ['uid', {}, undefined],
    ['uid', { uid: 1.5 }, undefined],
    ['uid', { uid: 2 ** 53 }, undefined],
    ['uid', { uid: Number.NaN }, undefined],
    ['uid', { uid: true }, undefined],
    ['uid', { uid: ['alice'] }, undefined],
    ['uid', { uid: {} }, undefined],
    ['uid', { uid: null }, undefined],
    ['constructor', {}, undefined],
  ])('reads %j of %j: %p', (option, claims, subject) => {
    expect(read(option, claims)).toBe(subject);
  });

  it('accepts the result of a function, if it is a string', () => {
    expect(read(({ uid }: Record<string, unknown>) => `u-${String(uid)}`, { uid: 7 })).toBe('u-7');
    for (const answer of [undefined, null, '', 7, {}, Promise.resolve('alice')]) expect(read(() => answer, {})).toBeUndefined();
    const failing = () => {
      throw new TypeError('odd token');
    };
    expect(read(failing, {})).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [7, '"issuer.subject" must be a claim path'],
    ['', '"issuer.subject" must be a claim path'],
    [{ anyOf: [] }, '"issuer.subject" must be a claim path or { anyOf: [paths] }'],
    [{ path: 'uid' }, '"issuer.subject" must be a claim path or { anyOf: [paths] }'],
    ['user_metadata.id', 'users can edit "user_metadata" themselves'],
    [async () => Promise.resolve('alice'), 'must be a function that returns its result synchronously, got an async function'],
  ])('refuses %p: %s', (option, message) => {
    expect(() => subjectReader(option, 'issuer.subject')).toThrow(message);
  });
});

describe('ownSubject', () => {
  it('reads numbers if they are accepted', () => {
    expect([ownSubject({ sub: 7 }, true), ownSubject({ sub: 7 }, false)]).toEqual(['7', undefined]);
    expect([ownSubject({ sub: 'a' }, true), ownSubject({ sub: 'a' }, false)]).toEqual(['a', 'a']);
    for (const sub of ['', null, 1.5, 1e300, [7], undefined]) expect(ownSubject({ sub }, true)).toBeUndefined();
  });
});
