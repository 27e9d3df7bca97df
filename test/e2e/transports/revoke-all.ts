import { Revocations } from '../../../lib/index.js';
import type { AuthzTestApp } from '../../../lib/testing/index.js';

/** Revokes every token that was issued before, and none that comes later. */
export async function revokeAll({ app }: AuthzTestApp): Promise<void> {
  await app.get(Revocations).revoke({ kind: 'everything', reason: 'test' });
  await app.get(Revocations).restore({ kind: 'everything' });
}
