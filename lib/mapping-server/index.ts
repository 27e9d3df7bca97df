export type { MappingServerOptions, MappingServerPath } from './mapping-server-options.interface.js';
export { MAPPING_SERVER_OPTIONS } from './mapping-server.module-definition.js';
export { MappingServerModule } from './mapping-server.module.js';
export type { PublishedRevision } from './published-bundle.interface.js';
export type { RevocationServerOptions, RevocationServerPath } from './revocation-server-options.interface.js';
export { REVOCATION_SERVER_OPTIONS } from './revocation-server.module-definition.js';
export { RevocationServerModule } from './revocation-server.module.js';
