import type { ServiceTokenOptions } from 'nestjs-authz';
import { setting } from './setting.js';

/** Options for the token with which this service calls the authority. */
export function serviceToken(): ServiceTokenOptions {
  return {
    issuer: setting('ISSUER'),
    clientId: setting('CLIENT_ID'),
    clientSecret: setting('CLIENT_SECRET'),
    resource: 'https://authority.shop.example', // the API that the token is for
  };
}
