import { PGlite } from '@electric-sql/pglite';
import { Injectable } from '@nestjs/common';
import type { MappingProvider } from 'nestjs-authz';

/** Which permissions a role gives is still said by billing's own tables; who has which role is said by the token. */
@Injectable()
export class BillingMapping implements MappingProvider {
  constructor(private readonly database: PGlite) {}

  async permissionsFor(roles: readonly string[]): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ permission: string }>(
      'SELECT DISTINCT permission FROM role_permissions WHERE role = ANY($1)',
      [roles],
    );
    return rows.map(({ permission }) => permission);
  }
}
