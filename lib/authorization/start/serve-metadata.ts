import type { HttpServer } from '@nestjs/common';
import type { ProtectedResource } from '../../authentication/index.js';

/**
 * Serves the protected resource metadata (RFC 9728 section 3) at its well-known path. A route of the web framework, not of a controller:
 * it ignores the application's global prefix, and no guard runs.
 */
export function serveMetadata(adapter: HttpServer, { path, document }: ProtectedResource): void {
  adapter.get(path, (_request: unknown, response: unknown) => {
    adapter.setHeader(response, 'Cache-Control', 'public, max-age=3600');
    adapter.reply(response, document, 200);
  });
}
