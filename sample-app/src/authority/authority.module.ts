import { Module } from '@nestjs/common';
import { AuthzModule, fileMapping } from 'nestjs-authz';
import { MappingServerModule, RevocationServerModule } from 'nestjs-authz/mapping-server';
import { RevocationModule, redisFeed } from '../revocation.js';
import { setting } from '../setting.js';
import { IdentityClient } from './identity-client.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';

/** Key for published documents. Services have its public key. */
const signing = { signingKey: setting('SIGNING_KEY'), kid: setting('SIGNING_KEY_ID') };

/**
 * Publishes the mapping and the revocations, to services only. Lets administrators end sessions. No service calls it while a request waits,
 * so it may be down for days.
 */
@Module({
  imports: [
    RevocationModule,
    AuthzModule.forRoot({
      issuer: setting('ISSUER'),
      audience: 'https://authority.shop.example',
      mapping: {
        roles: {
          service: ['mapping:read', 'revocations:read'],
          admin: ['sessions:end', 'revocations:read', 'revocations:write'],
        },
      },
      maxTokenLifetimeSeconds: 3600,
      revocation: {
        feed: redisFeed ?? null,
        diskCopy: setting('REVOCATIONS_COPY'),
        ...(redisFeed && { pollIntervalSeconds: 1 }),
      },
    }),
    MappingServerModule.forRoot({
      source: fileMapping(setting('MAPPING_FILE')),
      issuer: 'https://authority.shop.example',
      audience: 'https://api.shop.example',
      ...signing,
      validForSeconds: 7 * 86_400, // services stop using it after that; the server signs it again every day
    }),
    RevocationServerModule.forRoot(signing),
  ],
  controllers: [SessionsController],
  providers: [SessionsService, IdentityClient],
})
export class AuthorityModule {}
