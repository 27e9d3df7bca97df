export { AuthzTestApp, startAuthzApp, type AuthzTestAppOptions, type TestCaller } from './authz-test-app.js';
export { StubIssuer, type StubTokenClaims, type StubTokenHeader } from './stub-issuer.js';
