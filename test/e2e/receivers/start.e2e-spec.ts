import { Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthzConfigError, AuthzModule, type AuthzModuleOptions } from '../../../lib/index.js';
import { BackChannelLogoutModule, SharedSignalsPollModule, SharedSignalsPushModule } from '../../../lib/receivers/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';

const COMMON = { issuer: 'https://id.acme.test', audience: 'us' };
const MODULES: [string, () => DynamicModule][] = [
  ['BackChannelLogoutModule', () => BackChannelLogoutModule.forRoot(COMMON)],
  ['SharedSignalsPushModule', () => SharedSignalsPushModule.forRoot(COMMON)],
  ['SharedSignalsPollModule', () => SharedSignalsPollModule.forRoot({ ...COMMON, url: 'https://id.acme.test/poll' })],
];

onBothAdapters(({ newAdapter }) => {
  describe.each(MODULES)('%s', (name, module) => {
    const faultOf = async (imports: DynamicModule[]): Promise<AuthzConfigError> => {
      @Module({ imports })
      class App {}
      const compiled = await Test.createTestingModule({ imports: [App] })
        .setLogger(new CapturedLog())
        .compile();
      const app = compiled.createNestApplication(newAdapter());
      const error: unknown = await app.init().catch((thrown: unknown) => thrown);
      await app.close();
      expect(error).toBeInstanceOf(AuthzConfigError);
      return error as AuthzConfigError;
    };
    const authz = (more: Partial<AuthzModuleOptions>) => AuthzModule.forRoot({ ...OPTIONS, ...more } as AuthzModuleOptions);

    it('does not start without AuthzModule, or where it withdraws nothing', async () => {
      for (const others of [[], [authz({ maxTokenLifetimeSeconds: 600 })]]) {
        const { code, message } = await faultOf([...others, module()]);
        expect(code).toBe('AUTHZ_RECEIVER_ALONE');
        expect(message).toContain(name);
      }
    });

    it('does not start where it is not known how long tokens live', async () => {
      const { code, message } = await faultOf([authz({ revocation: { feed: null } }), module()]);
      expect(code).toBe('AUTHZ_RECEIVER_LIFETIME');
      expect(message).toContain('"maxTokenLifetimeSeconds"');
    });
  });
});
