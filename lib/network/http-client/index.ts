export { discoverEndpoint } from './discover-endpoint.js';
export { getJson, jsonDeadline } from './get-json.js';
export { getText, getTextIfChanged, type Fetch } from './get-text.js';
export { httpUrl, isFetchable } from './http-url.js';
export { OversizedResponseError } from './oversized-response.error.js';
export { postText, type PostResponse } from './post-text.js';
export { StatusError } from './status.error.js';
export { refuseDiscoveryUrl } from './refuse-discovery-url.js';
export { requestHeaders, type HeadersOption } from './request-headers.js';
