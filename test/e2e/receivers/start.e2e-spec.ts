import { Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthzConfigError, AuthzModule, type AuthzModuleOptions } from '../../../lib/index.js';
import {
  BackChannelLogoutModule,
  SharedSignalsPollModule,
  SharedSignalsPushModule,
} from '../../../lib/servers/receivers/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';

const COMMON = { issuer: 'https://id.acme.test', audience: 'us' };
const MODULES: [string, () => DynamicModule][] = [
  ['BackChannelLogoutModule', () => BackChannelLogoutModule.forRoot(COMMON)],
  ['SharedSignalsPushModule', () => SharedSignalsPushModule.forRoot(COMMON)],
  [
    'SharedSignalsPushModule',
    () => SharedSignalsPushModule.forRoot({ ...COMMON, issuer: 'https://ssf.acme.test', tokenIssuer: COMMON.issuer }),
  ],
  ['SharedSignalsPollModule', () => SharedSignalsPollModule.forRoot({ ...COMMON, url: 'https://id.acme.test/poll' })],
];

onBothAdapters(({ newAdapter }) => {
  describe.each(MODULES)('%s', (name, module) => {
    const startOf = async (imports: DynamicModule[]): Promise<unknown> => {
      @Module({ imports })
      class App {}
      const compiled = await Test.createTestingModule({ imports: [App] })
        .setLogger(new CapturedLog())
        .compile();
      const app = compiled.createNestApplication(newAdapter());
      const error: unknown = await app.init().catch((thrown: unknown) => thrown);
      await app.close();
      return error instanceof Error ? error : undefined;
    };
    const faultOf = async (imports: DynamicModule[]): Promise<AuthzConfigError> => {
      const error = await startOf(imports);
      expect(error).toBeInstanceOf(AuthzConfigError);
      return error as AuthzConfigError;
    };
    const authz = (more: Partial<AuthzModuleOptions>) => AuthzModule.forRoot({ ...OPTIONS, ...more } as AuthzModuleOptions);

    it('does not start without AuthzModule, or if it revokes no tokens', async () => {
      for (const others of [[], [authz({ maxTokenLifetimeSeconds: 600 })]]) {
        const { code, message } = await faultOf([...others, module()]);
        expect(code).toBe('AUTHZ_RECEIVER_ALONE');
        expect(message).toContain(name);
      }
    });

    it('does not start if the lifetime of tokens is not limited', async () => {
      const { code, message } = await faultOf([authz({ revocation: { feed: null } }), module()]);
      expect(code).toBe('AUTHZ_RECEIVER_LIFETIME');
      expect(message).toContain('"maxTokenLifetimeSeconds"');
    });

    it('starts if it is limited for its issuer only, and not if for another issuer only', async () => {
      const [known, unknown] = ['https://id.acme.test', 'https://other.acme.test'];
      const issuers = (named: string) =>
        authz({
          ...({ issuer: undefined } as object),
          issuers: [known, unknown].map((issuer) => (issuer === named ? { issuer, maxTokenLifetimeSeconds: 600 } : issuer)),
          revocation: { feed: null },
        });
      expect(await startOf([issuers(known), module()])).toBeUndefined();
      expect((await faultOf([issuers(unknown), module()])).code).toBe('AUTHZ_RECEIVER_LIFETIME');
    });

    it('does not start if AuthzModule accepts no tokens of its issuer', async () => {
      const { code, message } = await faultOf([
        authz({ issuer: 'https://id.acme.test/', maxTokenLifetimeSeconds: 600, revocation: { feed: null } }),
        module(),
      ]);
      expect(code).toBe('AUTHZ_RECEIVER_ISSUER');
      expect(message).toMatch(/"https:\/\/id.acme.test", by its option "(issuer|tokenIssuer)"/);
      expect(message).toMatch(/Write .* as in AuthzModule: "https:\/\/id.acme.test\/"/);
    });

    it('starts if issuers come from a resolver', async () => {
      const issuers = { resolve: () => Promise.resolve(undefined) };
      const options = { ...({ issuer: undefined } as object), issuers, maxTokenLifetimeSeconds: 600, revocation: { feed: null } };
      expect(await startOf([authz(options), module()])).toBeUndefined();
    });
  });
});
