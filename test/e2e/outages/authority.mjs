// The service that publishes the mapping, as a team runs it: the built library in a process of its own.
// `node authority.mjs FILE PORT`, with ISSUER and MAPPING_KEY in the environment.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthzModule, fileMapping } from '../../../dist/index.js';
import { MappingServerModule } from '../../../dist/servers/mapping-server/index.js';

const [file, port] = process.argv.slice(2);
const { ISSUER, MAPPING_KEY } = process.env;

class AuthorityModule {}
Module({
  imports: [
    AuthzModule.forRoot({ issuer: ISSUER, audience: 'authority', mapping: { roles: { service: ['mapping:read'] } } }),
    MappingServerModule.forRoot({
      source: fileMapping(file),
      issuer: 'https://authority.acme.test',
      signingKey: MAPPING_KEY,
      kid: 'k1',
    }),
  ],
})(AuthorityModule);

const app = await NestFactory.create(AuthorityModule, { logger: false });
await app.listen(Number(port), '127.0.0.1');
process.send('listening');
process.on('disconnect', () => process.exit());
