export { AuthzTestApp, startAuthzApp, type AuthzTestAppOptions, type TestCaller } from './authz-test-app.js';
export { guardAs } from './guard-as.js';
export { StubIssuer, type StubTokenClaims, type StubTokenHeader } from './stub-issuer.js';
export type { TestPrincipal } from './test-principal.js';
