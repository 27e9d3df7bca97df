import { AuthzConfigError, keycloak, legacyIssuer } from '../../../../lib/index.js';
import { BackChannelLogoutModule, SharedSignalsPushModule } from '../../../../lib/servers/receivers/index.js';
import { backChannelLogoutSettings } from '../../../../lib/servers/receivers/back-channel-logout/back-channel-logout-settings.js';
import { sharedSignalsPollSettings } from '../../../../lib/servers/receivers/shared-signals/poll/shared-signals-poll-settings.js';
import { sharedSignalsPushSettings } from '../../../../lib/servers/receivers/shared-signals/push/shared-signals-push-settings.js';
import { newSigningKey } from '../../../../lib/testing/jwt.js';

const issuer = 'https://id.acme.test';
const GOOD = { issuer, audience: 'us', url: 'https://id.acme.test/poll' };
const settingsOf = {
  logout: (options: unknown) => backChannelLogoutSettings(options as never),
  push: (options: unknown) => sharedSignalsPushSettings(options as never),
  poll: (options: unknown) => sharedSignalsPollSettings(options as never),
};
type Receiver = keyof typeof settingsOf;
const RECEIVERS = Object.keys(settingsOf) as Receiver[];
const given = (receiver: Receiver, more: object) => {
  const { url, ...common } = GOOD;
  return { ...common, ...(receiver === 'poll' && { url }), ...more };
};
const errorOf = (read: () => unknown): AuthzConfigError => {
  try {
    read();
  } catch (error) {
    return error as AuthzConfigError;
  }
  throw new Error('No error');
};

describe.each(RECEIVERS)('the options of %s', (receiver) => {
  it('have defaults', () => {
    expect(settingsOf[receiver](given(receiver, {}))).toMatchObject({
      issuer: { issuer, jwksUri: undefined, algorithms: ['RS256', 'ES256'] },
      audience: ['us'],
    });
  });

  it('take an issuer as AuthzModule does, also a preset, and its algorithms unless others are named', () => {
    const preset = keycloak({ url: 'https://id.acme.test', realm: 'acme' });
    expect(settingsOf[receiver](given(receiver, { issuer: preset })).issuer.issuer).toBe('https://id.acme.test/realms/acme');
    const jwks = { keys: [newSigningKey('k', 'ES256').jwk] };
    const own = { issuer: { issuer, jwks, algorithms: ['ES256'] } };
    expect(settingsOf[receiver](given(receiver, own)).issuer).toMatchObject({ jwks, algorithms: ['ES256'] });
    expect(settingsOf[receiver](given(receiver, { ...own, algorithms: ['PS256'] })).issuer.algorithms).toEqual(['PS256']);
  });

  it.each<[object, string]>([
    [{ audience: undefined }, '"audience" must be'],
    [{ audience: [] }, '"audience" must be'],
    [{ audience: null }, '"audience" must be'],
    [{ audience: ['a', ' '] }, '"audience" must be'],
    [{ issuer: undefined }, '"issuer" must be'],
    [{ issuer: 'http://id.acme.test' }, 'Use https'],
    [{ issuer: { issuer, jwksUri: 'http://id.acme.test/jwks' } }, 'Use https'],
    [{ issuer: { issuer, jwks: { keys: [] } } }, 'at least one key'],
    [{ algorithms: ['HS256'] }, '"algorithms" must list'],
    [{ algorithms: ['none'] }, '"algorithms" must list'],
    [{ audiences: 'us' }, 'Did you mean'],
  ])('are refused: %j', (more, message) => {
    const error = errorOf(() => settingsOf[receiver](given(receiver, more)));
    expect(error).toBeInstanceOf(AuthzConfigError);
    expect(error.message).toContain(message);
  });

  it('are refused where they are no object', () => {
    expect(errorOf(() => settingsOf[receiver](undefined)).code).toBe('AUTHZ_OPTIONS');
  });

  it('must name a provider, not a legacy issuer', () => {
    const legacy = legacyIssuer({ key: 'x'.repeat(32), issuer: 'old', audience: 'us', acceptUntil: '2999-01-01' });
    expect(errorOf(() => settingsOf[receiver](given(receiver, { issuer: legacy }))).code).toBe('AUTHZ_RECEIVER_LEGACY');
  });
});

it.each<[Receiver, object, string]>([
  ['logout', { endsSubject: 'yes' }, '"endsSubject" must be true or false'],
  ['push', { tokenIssuer: '' }, '"tokenIssuer" must be'],
  ['push', { subject: 'email' }, '"subject" must be a function'],
  ['push', { authorization: 'Bearer hidden ' }, '"authorization" must be the whole'],
  ['push', { authorization: () => 'x' }, '"authorization" must be the whole'],
  ['poll', { url: 'http://id.acme.test/poll' }, 'Use https'],
  ['poll', { url: undefined }, '"url" must be'],
  ['poll', { authorization: 'Bearer hidden' }, '"authorization" must be a function'],
  ['poll', { pollIntervalSeconds: 0 }, '"pollIntervalSeconds" must be a number of seconds from 1 to 3600 (default 5)'],
  ['poll', { timeoutSeconds: 601 }, '"timeoutSeconds" must be a number of seconds from 1 to 600 (default 120)'],
  ['poll', { allowHttp: 1 }, '"allowHttp" must be true or false'],
])('options of %s are refused: %j', (receiver, more, message) => {
  const error = errorOf(() => settingsOf[receiver](given(receiver, more)));
  expect(error).toBeInstanceOf(AuthzConfigError);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('hidden');
});

it.each(['', ' ', '/', ':id', 'a b', 7, '*'])('there is no path %j', (path) => {
  expect(() => BackChannelLogoutModule.forRoot({ issuer, audience: 'us', path: path as string })).toThrow('"path" must be');
  expect(() => SharedSignalsPushModule.forRoot({ issuer, audience: 'us', path: path as string })).toThrow('"path" must be');
});
