export { clientOptions, clientSettings, type ClientSettings } from './client-settings.js';
export { KeptToken, type TokenInUse } from './kept-token.js';
export { isParameter, parameterOption } from './parameter-option.js';
export { ServiceToken, serviceTokenSettings } from './service-token.js';
export type { GrantedToken } from './token-response.js';
export type { ServiceTokenOptions, TokenClientOptions, TokenPurposeOptions } from './token-client-options.interface.js';
export { TokenEndpoint, type TokenRequest } from './token-endpoint.js';
export { PURPOSE_MEMBERS, tokenPurpose } from './token-purpose.js';
export { TokenRequestError } from './token-request.error.js';
