export type { MappingServerOptions, MappingServerPath } from './mapping/mapping-server-options.interface.js';
export { MAPPING_SERVER_OPTIONS } from './mapping/mapping-server.module-definition.js';
export { MappingServerModule } from './mapping/mapping-server.module.js';
export type { PublishedRevision } from './mapping/published-bundle.interface.js';
export type { RevocationServerOptions, RevocationServerPath } from './revocations/revocation-server-options.interface.js';
export { REVOCATION_SERVER_OPTIONS } from './revocations/revocation-server.module-definition.js';
export { RevocationServerModule } from './revocations/revocation-server.module.js';
