import { PATH_METADATA, SSE_METADATA } from '@nestjs/common/constants.js';
import type { TransportDefinition } from '../../authorization/index.js';
import { followRequests } from './follow-requests.js';
import { EVENT_STREAM, httpTransportReading } from './http-transport.js';

/** HTTP requests of Express and Fastify. */
export const http: TransportDefinition = {
  type: 'http',
  name: 'HTTP',
  handlerKinds: [
    // `@Sse()` sets both, so the more specific kind comes first.
    { kind: EVENT_STREAM, metadata: SSE_METADATA, plural: 'routes' },
    { kind: 'route', metadata: PATH_METADATA, plural: 'routes' },
  ],
  open: ({ sources }) => httpTransportReading(sources),
  followCalls: followRequests,
};
