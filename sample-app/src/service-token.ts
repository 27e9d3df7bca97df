import type { ServiceTokenOptions } from 'nestjs-authz';
import { setting } from './setting.js';

/** The token of a service's own, by which the authority knows it. */
export function serviceToken(): ServiceTokenOptions {
  return {
    issuer: setting('ISSUER'),
    clientId: setting('CLIENT_ID'),
    clientSecret: setting('CLIENT_SECRET'),
    resource: 'https://authority.shop.example', // the API that services call in their own name
  };
}
