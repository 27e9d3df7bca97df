import type { TransportDefinition } from './authorization/index.js';
import { graphql } from './transports/graphql/index.js';
import { http } from './transports/http/index.js';
import { messages } from './transports/microservices/transport-definition.js';
import { webSockets } from './transports/websockets/transport-definition.js';

/** The transports of this library. A handler of several counts as one of the first. */
export const TRANSPORTS: readonly TransportDefinition[] = [http, messages, webSockets, graphql];
