/**
 * These suites do not depend on the Nest version and run only on Nest 12: modules that do not import Nest (see the layers in CONTRIBUTING.md), command
 * lines, databases, outages of servers, generated input, and the packed library, which `test/package/consumers/cjs-nest11` tests. The
 * suites with a real Keycloak also run only on Nest 12: Keycloak starts slowly, and the suites over HTTP cover what Nest does with its tokens.
 */
export const LEFT_OUT = [
  'test/unit/cli/(?!why/)',
  'test/unit/(core|filters|jws|mapping|network|revocation|sources)/',
  'test/unit/authentication/(issuers/presets|keys|proof)/',
  'test/e2e/cli/(?!why)',
  'test/e2e/(database|filters|identity-providers|keys|outages|redis)/',
  'test/e2e/(attacks/(memory|properties)|servers-of-suites|taken-ports)',
  'test/package/',
];

/** Tests that cannot pass on Nest 11. */
export const DIFFERENT = [
  {
    suite: 'test/e2e/transports/websockets-ws.e2e-spec.ts',
    test: 'has its caller in a gateway of request scope',
    reason: 'Nest 11 does not create gateways in request scope: it calls their methods on an object whose constructor never ran.',
    /** Whether the reason still applies. Such tests are skipped, since an error outside a test would fail other tests. */
    holds: async () => {
      await import('reflect-metadata');
      const { WebSocketsController } = await import('@nestjs/websockets/web-sockets-controller.js');
      return !('createRequestScopedHandler' in WebSocketsController.prototype);
    },
  },
];
