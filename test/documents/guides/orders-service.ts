import type { RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

const CONTROLLER = `
import { Controller, Delete, Get, Param } from '@nestjs/common';
import { RequirePermissions } from 'nestjs-authz';

@Controller('orders')
export class OrdersController {
  @Get()
  @RequirePermissions('orders:read')
  list() {
    return [{ id: 1 }];
  }

  @Delete(':id')
  @RequirePermissions('orders:delete')
  remove(@Param('id') id: string) {
    return { removed: id };
  }
}
`;

export const MAPPING = `roles:
  viewer: [orders:read]
  clerk:
    inherits: [viewer]
    permissions: [orders:delete]
  admin: ['*']
`;

/**
 * Returns the files of the reader's service, whose options the guide's file `src/authz-options.ts` exports.
 * @param controllers More controllers, by the name of their class, from the guide's files.
 */
export function ordersService(controllers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const imports = Object.entries(controllers).map(([name, file]) => `import { ${name} } from './${file}.js';`);
  const module = `
import { Module } from '@nestjs/common';
import { AuthzModule } from 'nestjs-authz';
import { options } from './authz-options.js';
import { OrdersController } from './orders.controller.js';
${imports.join('\n')}

@Module({
  imports: [AuthzModule.forRoot(options)],
  controllers: [OrdersController, ${Object.keys(controllers).join(', ')}],
})
export class AppModule {}
`;
  return {
    'mapping.yaml': MAPPING,
    'src/orders.controller.ts': CONTROLLER,
    'src/app.module.ts': module,
    ...NEST_NEW,
  };
}

/** Sends a request with a token and returns the status. */
export async function statusOf({ url }: RunningGuide, token: string, path = '/orders', method = 'GET'): Promise<number> {
  const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}
