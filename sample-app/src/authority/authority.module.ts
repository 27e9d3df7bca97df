import { Module } from '@nestjs/common';
import { AuthzModule, fileMapping } from 'nestjs-authz';
import { MappingServerModule } from 'nestjs-authz/mapping-server';
import { RevocationModule, revocation } from '../revocation.module.js';
import { setting } from '../setting.js';
import { IdentityClient } from './identity-client.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';

/**
 * Publishes the mapping, to services alone, and ends sessions, for administrators. Nobody asks it while a request waits, so it may be down
 * for days.
 */
@Module({
  imports: [
    RevocationModule,
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://authority.shop.example',
      mapping: { roles: { service: ['mapping:read'], admin: ['sessions:end'] } },
      maxTokenLifetimeSeconds: 3600,
      revocation,
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
  controllers: [SessionsController],
  providers: [SessionsService, IdentityClient],
})
export class AuthorityModule {}
