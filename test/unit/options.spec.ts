import { generateKeyPairSync } from 'node:crypto';
import { Test } from '@nestjs/testing';
import { legacyIssuer } from '../../lib/authentication/index.js';
import { parseAuthenticationSettings } from '../../lib/authentication/authentication-settings.js';
import { AuthzModule } from '../../lib/authz.module.js';
import { OPTION_NAMES, readModuleOptions } from '../../lib/authz-module-options.interface.js';
import { AuthzConfigError, messageOf } from '../../lib/core/index.js';
import { fileMapping, merge, overlay, remoteMapping } from '../../lib/mapping/index.js';
import { parseMappingOptions } from '../../lib/mapping/parse-mapping-options.js';
import { serviceTokenSettings } from '../../lib/network/client-credentials/index.js';
import { outboundSettings } from '../../lib/outbound/outbound-settings.js';
import { parseRevocationSettings } from '../../lib/revocation/revocation-settings.js';
import { backChannelLogoutSettings } from '../../lib/servers/receivers/back-channel-logout/back-channel-logout-settings.js';
import { sharedSignalsPollSettings } from '../../lib/servers/receivers/shared-signals/poll/shared-signals-poll-settings.js';
import { sharedSignalsPushSettings } from '../../lib/servers/receivers/shared-signals/push/shared-signals-push-settings.js';
import { mappingServerSettings } from '../../lib/servers/mapping-server/mapping/mapping-server-settings.js';
import { revocationSigner } from '../../lib/servers/mapping-server/revocations/revocation-server-settings.js';
import { databaseMapping } from '../../lib/sources/database/index.js';
import { httpBundle, httpRevocations, signBundle, signRevocations } from '../../lib/sources/http-bundle/index.js';
import { redisMapping, redisRevocations } from '../../lib/sources/redis/index.js';
import { guardedWebSocketsSettings } from '../../lib/transports/websockets/guarded-web-sockets-settings.js';
import { PRESETS } from '../tokens/preset-options.js';

type Members = Readonly<Record<string, unknown>>;
type Read = (options: never) => unknown;

const ISSUER = 'https://id.acme.com';
const URL_OF = (path: string) => `https://authority.acme.com/${path}`;
const { privateKey } = generateKeyPairSync('ed25519');
const client = { hstrlen: () => 0, subscribe: () => 0 };
const pool = { connect: () => 0, on: () => 0, ending: false };
const transport = { name: 'test', fetch: () => Promise.reject(new Error('down')) };
const terms = { issuer: ISSUER, maxTokenLifetimeSeconds: 60, clockToleranceSeconds: 0 };
const token = { issuer: ISSUER, clientId: 'orders', clientSecret: 'secret', audience: 'mail' };
const CLIENT = { issuer: ISSUER, clientId: 'orders', clientSecret: 'secret' };
const signer = { key: privateKey, kid: 'k1' };
const server = { signingKey: privateKey, kid: 'k1' };
const target = { token: 'exchange', audience: 'https://mail.acme.com' };
const auth = (value: object) => parseAuthenticationSettings({ issuer: ISSUER, audience: null, ...value });
const inIssuer = (member: string) => (value: unknown) => auth({ issuer: { issuer: ISSUER, [member]: value } });

/** The functions that read options, each with options that it accepts. */
const OBJECTS: Readonly<Record<string, readonly [read: Read, accepted: Members]>> = {
  issuer: [(issuer) => auth({ issuer }), { issuer: ISSUER }],
  'issuer.tenant': [inIssuer('tenant'), { claim: 'org' }],
  'issuer.tokenPermissions': [inIssuer('tokenPermissions'), { claim: 'permissions', combine: 'union' }],
  'issuer.keyRequests': [inIssuer('keyRequests'), { tokenFile: '/token' }],
  protectedResource: [(protectedResource) => auth({ protectedResource }), { resource: ISSUER }],
  ...Object.fromEntries(
    PRESETS.map(([name, preset, options]) => [
      `${name}()`,
      [(given: object) => auth({ issuer: preset(given) }), options as Members] as const,
    ]),
  ),
  'legacyIssuer()': [
    (options) => auth({ issuer: legacyIssuer(options) }),
    { issuer: 'old', key: 'k'.repeat(32), acceptUntil: '2127-03-31T00:00:00Z' },
  ],
  mapping: [parseMappingOptions, { provider: { permissionsFor: () => [] } }],
  revocation: [(setup) => parseRevocationSettings(setup, terms), { feed: null }],
  'remoteMapping()': [(options) => remoteMapping(transport, options), {}],
  'httpBundle()': [httpBundle, { url: URL_OF('mapping') }],
  'httpRevocations()': [httpRevocations, { url: URL_OF('revocations') }],
  'signBundle()': [(options) => signBundle({ roles: {} }, options), signer],
  'signRevocations()': [(options) => signRevocations([], options), signer],
  'redisMapping()': [redisMapping, { client }],
  'redisRevocations()': [redisRevocations, { client }],
  'databaseMapping()': [databaseMapping, { pool }],
  serviceToken: [(value) => serviceTokenSettings(value, 'serviceToken'), token],
  OutboundModule: [outboundSettings, { client: CLIENT, targets: { mail: target } }],
  'targets.mail': [(mail) => outboundSettings({ client: CLIENT, targets: { mail } }), target],
  MappingServerModule: [mappingServerSettings, { source: fileMapping('roles.yaml'), issuer: ISSUER, ...server }],
  RevocationServerModule: [revocationSigner, server],
  BackChannelLogoutModule: [backChannelLogoutSettings, { issuer: ISSUER, audience: 'shop' }],
  SharedSignalsPushModule: [sharedSignalsPushSettings, { issuer: ISSUER, audience: 'shop' }],
  SharedSignalsPollModule: [sharedSignalsPollSettings, { issuer: ISSUER, audience: 'shop', url: URL_OF('poll') }],
  'guardedWebSockets()': [guardedWebSocketsSettings, {}],
};

const throwing = (): never => {
  throw new Error('secret-word');
};
const NOT_AN_OBJECT: readonly unknown[] = [null, '', 'x', 0, Number.NaN, true, [], Symbol('x'), 7n, () => undefined];
const UNREADABLE: readonly unknown[] = [
  new Proxy({}, { get: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing, has: throwing }),
];
/** Values that no option accepts. */
const WRONG: readonly unknown[] = [Number.NaN, Symbol('x'), 7n, '', UNREADABLE[0]];

/** Returns the error of a call; `undefined` if the call succeeds. */
async function fault(read: Read, value: unknown): Promise<unknown> {
  try {
    await read(value as never);
  } catch (error) {
    return error;
  }
  return undefined;
}

const expectRefused = (error: unknown) => {
  expect(error).toBeInstanceOf(AuthzConfigError);
  expect((error as AuthzConfigError).code).toMatch(/^AUTHZ_[A-Z_]+$/);
  expect((error as AuthzConfigError).message).not.toContain('secret-word');
};

describe.each(Object.entries(OBJECTS))('the options of %s', (_name, [read, accepted]) => {
  it('are accepted in the form that the other tests use', async () => {
    expect(await fault(read, accepted)).toBeUndefined();
  });

  it('are refused if they are not an object, or cannot be read', async () => {
    // An issuer may be a string, and so may a tenant, which is then a claim path.
    const wrong = NOT_AN_OBJECT.filter((value) => typeof value !== 'string');
    for (const value of [...wrong, ...UNREADABLE]) expectRefused(await fault(read, value));
  });

  it('are refused with an unknown member', async () => {
    const [first = 'client'] = Object.keys(accepted);
    const error = await fault(read, { ...accepted, [`${first}x`]: 1 });
    expectRefused(error);
    expect((error as AuthzConfigError).code).toBe('AUTHZ_UNKNOWN_OPTION');
  });

  it('are refused with a getter that throws', async () => {
    for (const member of Object.keys(accepted))
      expectRefused(await fault(read, Object.defineProperty({ ...accepted }, member, { get: throwing, enumerable: true })));
  });

  it('are refused with a member of a wrong type', async () => {
    for (const member of Object.keys(accepted))
      for (const value of WRONG) expectRefused(await fault(read, { ...accepted, [member]: value }));
  });
});

describe('the options of AuthzModule', () => {
  it.each([...NOT_AN_OBJECT, ...UNREADABLE])('are refused: value %#', async (value) => {
    expectRefused(await fault(readModuleOptions, value));
  });

  const start = async (options: object) => {
    await Test.createTestingModule({ imports: [AuthzModule.forRoot(options as never)] }).compile();
  };
  it.each(OPTION_NAMES)('stop the start with %s of a wrong type', async (name) => {
    const others = { issuer: name === 'issuers' ? undefined : ISSUER, audience: 'orders', mapping: { roles: {} } };
    for (const value of WRONG) {
      const error = await fault(start, { ...others, [name]: value });
      expectRefused(error);
      expect(messageOf(error)).toContain(`"${name}`);
    }
  });
});

it.each<[string, Read]>([
  ['merge(first)', (value) => merge(value, value)],
  ['overlay(base)', (value) => overlay(value, value)],
  ['fileMapping(path)', fileMapping],
])('%s refuses any other value', async (_name, read) => {
  for (const value of [undefined, null, '', 0, [], Symbol('x')]) expectRefused(await fault(read, value));
});
