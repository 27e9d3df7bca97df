import { decodeJwt } from 'jose';
import { ResponseBodyError } from 'openid-client';
import { BILLING_API } from '../identity/directory.js';
import type { Session, SignIn } from './sign-in.js';
import type { Table } from './table.js';

/** Adds a row for an issued token, and checks its role. */
export function tokenRow(table: Table, who: string, call: string, token: string, role: string | undefined): void {
  const { roles } = decodeJwt<{ readonly roles: readonly string[] }>(token);
  const expected = role === undefined ? [] : [role];
  table.row(
    { who, call: `identity  ${call}`, status: 200, answer: 'ok', reason: `roles: ${roles.join(', ') || 'none'}` },
    String(roles) === String(expected) ? undefined : `the roles ${String(expected)}`,
  );
}

/** Adds a row for a refresh token of carl that the identity provider must reject. */
export async function refusedRefreshRow(
  table: Table,
  signIn: SignIn,
  carl: Session,
  { which, reason }: { readonly which: string; readonly reason: string },
): Promise<void> {
  const result: unknown = await signIn.refresh(carl, BILLING_API).catch((error: unknown) => error);
  const refused = result instanceof ResponseBodyError;
  table.row(
    {
      who: 'carl (user)',
      call: `identity  refresh: ${which}`,
      status: refused ? result.status : 200,
      answer: refused ? result.error : 'ok',
      reason,
    },
    refused && result.error === 'invalid_grant' ? undefined : '400 invalid_grant',
  );
}
