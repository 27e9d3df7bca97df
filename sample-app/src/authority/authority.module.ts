import { Module } from '@nestjs/common';
import { AuthzModule, fileMapping } from 'nestjs-authz';
import { MappingServerModule } from 'nestjs-authz/mapping-server';
import { setting } from '../setting.js';

/** Publishes the mapping, to services alone. Nobody asks it while a request waits, so it may be down for days. */
@Module({
  imports: [
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://authority.shop.example',
      mapping: { roles: { service: ['mapping:read'] } },
    }),
    MappingServerModule.forRoot({
      source: fileMapping(setting('MAPPING_FILE')),
      issuer: 'https://authority.shop.example',
      audience: 'https://api.shop.example',
      signingKey: setting('SIGNING_KEY'),
      kid: setting('SIGNING_KEY_ID'),
      validForSeconds: 7 * 86_400, // then no service uses it any more; it is signed anew every day
    }),
  ],
})
export class AuthorityModule {}
