import { PGlite } from '@electric-sql/pglite';
import { Controller, Delete, NotFoundException, Param, Put } from '@nestjs/common';
import { RequirePermissions } from 'nestjs-authz';

/** Writes the mapping tables with plain SQL. billing uses a change a moment later, whichever program made it. */
@Controller('roles/:role/permissions/:permission')
@RequirePermissions('roles:write')
export class RolesController {
  constructor(private readonly database: PGlite) {}

  @Put()
  async grant(@Param('role') role: string, @Param('permission') permission: string) {
    const { rows } = await this.database.query(
      `INSERT INTO role_permissions (role, permission)
       SELECT roles.name, permissions.name FROM roles, permissions WHERE roles.name = $1 AND permissions.name = $2
       ON CONFLICT (role, permission) DO UPDATE SET effect = 'allow' RETURNING role, permission`,
      [role, permission],
    );
    if (rows.length === 0) throw new NotFoundException('There is no such role or no such permission');
    return rows[0];
  }

  @Delete()
  async revoke(@Param('role') role: string, @Param('permission') permission: string) {
    await this.database.query('DELETE FROM role_permissions WHERE role = $1 AND permission = $2', [role, permission]);
  }
}
