/**
 * What these suites try does not depend on Nest: rooms that do not import it (see the layers in CONTRIBUTING.md), command lines, databases, what
 * happens while a server is down, generated input, and the packed library, which `test/package/consumers/cjs-nest11` tries. They run on Nest 12 alone. So do the suites of a real Keycloak: its start takes long, and the suites
 * over HTTP show what Nest does with its tokens.
 */
export const LEFT_OUT = [
  'test/unit/cli/(?!why/)',
  'test/unit/(client-credentials|core|database|http-bundle|http-client|jws|mapping|redis|remote|revocation)/',
  'test/unit/authentication/(issuers/presets|keys|proof)/',
  'test/e2e/cli/(?!why)',
  'test/e2e/(database|identity-providers|keys|outages|redis)/',
  'test/e2e/(attacks/(memory|properties)|servers-of-suites)',
  'test/package/',
];

/** Tests that cannot hold on Nest 11. */
export const DIFFERENT = [
  {
    suite: 'test/e2e/transports/websockets-ws.e2e-spec.ts',
    test: 'knows its caller in a gateway of request scope',
    reason: 'Nest 11 does not create gateways in request scope: it calls their methods on an object whose constructor never ran.',
    /** Such tests are not run, since an error outside of a test would fail the others. */
    holds: async () => {
      await import('reflect-metadata');
      const { WebSocketsController } = await import('@nestjs/websockets/web-sockets-controller.js');
      return !('createRequestScopedHandler' in WebSocketsController.prototype);
    },
  },
];
