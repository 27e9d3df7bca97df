import type { FeedNote, RevocationFeed } from '../../../revocation/index.js';
import { followEvents } from '../change-events.js';
import type { HttpRevocationsOptions } from './http-revocations-options.interface.js';
import { httpRevocationsSettings } from './http-revocations-settings.js';
import { publishRevocations } from './publish-revocations.js';
import { PublishedRevocations } from './published-revocations.js';

/**
 * Follows revocations that are published as one document at a URL, such as that of `RevocationServerModule`, signed or not. The document is polled in
 * the background, by its ETag. Rules made here are sent to the URL by POST.
 *
 * @throws AuthzConfigError about the first wrong option.
 *
 * @example
 * AuthzModule.forRoot({ issuer, audience, mapping, revocation: {
 *   feed: httpRevocations({
 *     url: 'https://authority.acme.com/revocations',
 *     changes: 'https://authority.acme.com/revocations/changes',
 *     serviceToken: { issuer, clientId: 'orders', clientSecret: process.env.CLIENT_SECRET, audience: 'authority' },
 *     signature: { keys: [publicJwk] },
 *   }),
 *   diskCopy: '/var/lib/orders/revocations',
 * } })
 */
export function httpRevocations(options: HttpRevocationsOptions): RevocationFeed {
  const settings = httpRevocationsSettings(options);
  const { url, requests, changes, isReadOnly } = settings;
  const { origin, pathname } = new URL(url);
  const published = new PublishedRevocations(settings);
  return {
    name: origin + pathname,
    read: (since, signal) => published.read(since, signal),
    ...(!isReadOnly && {
      publish: (entries: readonly string[], signal: AbortSignal, note?: FeedNote) =>
        publishRevocations(settings, entries, signal, note),
    }),
    ...(changes !== undefined && {
      listen: (onNews: () => void, note: FeedNote) => followEvents(changes, requests, onNews, note),
    }),
  };
}
