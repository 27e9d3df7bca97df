import fc from 'fast-check';
import { targetOf, type TargetTerms } from '../../../../../lib/servers/receivers/shared-signals/rule-target.js';
import type { SubjectIdentifier } from '../../../../../lib/servers/receivers/shared-signals/subject-identifier.js';
import { meaningOf } from '../../../../../lib/servers/receivers/shared-signals/event-meaning.js';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const terms: TargetTerms = { subject: () => Promise.resolve(undefined), tokenIssuer: undefined, issuer: 'https://idp' };
const knowing: TargetTerms = {
  ...terms,
  subject: ({ email, id }) => Promise.resolve(email === 'carl@acme' || id === 'c1' ? 'carl' : undefined),
};
const iss_sub = { format: 'iss_sub', iss: 'https://idp', sub: 'carl' };
const session = { format: 'opaque', id: 's1' };
const email = { format: 'email', email: 'carl@acme' };
const carl = { kind: 'subject', value: 'carl', issuer: 'https://idp' };

describe('a subject identifier', () => {
  it.each([
    ['names a subject of its issuer', iss_sub, carl],
    [
      'names a token of its issuer',
      { format: 'jwt_id', iss: 'https://idp', jti: 't1' },
      { kind: 'token', value: 't1', issuer: 'https://idp' },
    ],
    ['is unknown by an e-mail address', email, undefined],
    ['is unknown by an id', { format: 'opaque', id: 'c1' }, undefined],
    ['is unknown in an unknown format', { format: 'did', url: 'did:x' }, undefined],
    ['is unknown in a format of an object', { format: 'constructor' }, undefined],
    [
      'of user and session means the session',
      { format: 'complex', user: iss_sub, session },
      { kind: 'session', value: 's1', issuer: 'https://idp' },
    ],
    ['of a session means it', { format: 'complex', session }, { kind: 'session', value: 's1', issuer: 'https://idp' }],
    ['of user and device means the user', { format: 'complex', user: iss_sub, device: session }, carl],
    ['of a user and a session in another format means the user', { format: 'complex', user: iss_sub, session: email }, carl],
    [
      'of a tenant means it',
      { format: 'complex', tenant: { format: 'opaque', id: 't' } },
      { kind: 'tenant', value: 't', issuer: 'https://idp' },
    ],
    ['of a device in a tenant is unknown', { format: 'complex', tenant: session, device: session }, undefined],
    ['of a device is unknown', { format: 'complex', device: session }, undefined],
  ])('%s', async (_, identifier, target) => {
    expect(await targetOf(identifier, true, terms)).toEqual(target);
  });

  it.each([
    undefined,
    null,
    'carl',
    [],
    {},
    { format: 7 },
    { format: '' },
    { format: 'iss_sub', iss: 'x' },
    { format: 'iss_sub', iss: 'x', sub: '' },
    { format: 'email' },
    { format: 'opaque', id: 7 },
    { format: 'jwt_id', iss: 'x' },
    { format: 'complex' },
    { format: 'complex', user: 'carl' },
    { format: 'complex', user: iss_sub, session: 's1' },
  ])('is faulty: %j', async (identifier) => {
    expect(await targetOf(identifier, true, terms)).toBe('faulty');
  });

  it('of user and session means the user if the event is not about the session', async () => {
    expect(await targetOf({ format: 'complex', user: iss_sub, session }, false, terms)).toEqual(carl);
    expect(await targetOf({ format: 'complex', user: email, session }, false, terms)).toMatchObject({ kind: 'session' });
  });

  it('is resolved by the application first', async () => {
    expect(await targetOf(email, true, knowing)).toEqual({ ...carl, issuer: 'https://idp' });
    expect(await targetOf({ format: 'opaque', id: 'c1' }, true, knowing)).toEqual({ ...carl, issuer: 'https://idp' });
    expect(await targetOf({ format: 'complex', user: email }, true, knowing)).toEqual({ ...carl, issuer: 'https://idp' });
    expect(await targetOf({ ...iss_sub, sub: 'vera' }, true, knowing)).toEqual({ ...carl, value: 'vera' });
  });

  const theirs = { ...iss_sub, iss: 'https://elsewhere' };
  it.each([
    ['a subject', theirs],
    ['a token', { format: 'jwt_id', iss: 'https://elsewhere', jti: 't' }],
    ['a user', { format: 'complex', user: theirs }],
    ['the user of a session', { format: 'complex', user: theirs, session }],
  ])('of %s at another issuer has no effect here', async (_, identifier) => {
    for (const tokenIssuer of [undefined, 'https://ours'])
      for (const isOfSession of [true, false])
        expect(await targetOf(identifier, isOfSession, { ...terms, tokenIssuer })).toEqual({ foreign: 'https://elsewhere' });
  });

  it('of a user at another issuer means the user that the application returns', async () => {
    const subject = ({ sub }: SubjectIdentifier) => Promise.resolve(sub === 'carl' ? 'our-carl' : undefined);
    const ours = { kind: 'subject', value: 'our-carl', issuer: 'https://idp' };
    expect(await targetOf(theirs, true, { ...terms, subject })).toEqual(ours);
    expect(await targetOf({ format: 'complex', user: theirs, session }, true, { ...terms, subject })).toEqual(ours);
  });

  it('always means tokens of the configured issuer, whether it names that issuer or the transmitter', async () => {
    const limited = { ...terms, tokenIssuer: 'https://ours' };
    const ours = { ...iss_sub, iss: 'https://ours' };
    for (const identifier of [
      iss_sub,
      ours,
      { format: 'complex', session },
      { format: 'complex', user: ours, session },
      { format: 'complex', tenant: session },
      { format: 'jwt_id', iss: 'https://idp', jti: 't' },
    ])
      expect(await targetOf(identifier, true, limited)).toMatchObject({ issuer: 'https://ours' });
  });

  it('of any shape is a target, unknown or faulty', async () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(iss_sub, session, email));
    const complex = fc.dictionary(fc.constantFrom('user', 'session', 'tenant', 'device', '__proto__'), part);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          part,
          complex.map((parts) => ({ ...parts, format: 'complex' })),
        ),
        fc.boolean(),
        async (value, ofSession) => {
          const target = await targetOf(value, ofSession, terms);
          if (typeof target === 'object') expect('foreign' in target ? target.foreign : target.value).not.toBe('');
          else expect([undefined, 'faulty']).toContain(target);
        },
      ),
    );
  });
});

describe('an event', () => {
  it.each([
    ['session-revoked', {}, { kind: 'revoke', isOfSession: true }],
    ['token-claims-change', { claims: { role: 'x' } }, { kind: 'revoke', isOfSession: false }],
    ['credential-change', { change_type: 'revoke' }, { kind: 'revoke', isOfSession: false }],
    ['credential-change', { change_type: 'update' }, { kind: 'revoke', isOfSession: false }],
    ['credential-change', { change_type: 'delete' }, { kind: 'revoke', isOfSession: false }],
    ['credential-change', { change_type: 'create' }, { kind: 'nothing' }],
    ['credential-change', { change_type: 'other' }, { kind: 'faulty' }],
    ['credential-change', {}, { kind: 'faulty' }],
    ['device-compliance-change', {}, { kind: 'unknown' }],
    ['Session-Revoked', {}, { kind: 'unknown' }],
  ])('%s %j', (type, payload, meaning) => {
    expect(meaningOf({ type: CAEP + type, payload })).toMatchObject(meaning);
  });
});
