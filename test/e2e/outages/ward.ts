import { Controller, Get } from '@nestjs/common';
import { Authenticated, Authz, Public, RequireAnyPermission, RequirePermissions } from '../../../lib/index.js';
import { turns } from '../../waiting/turns.js';
import { held, SHIFTS, shiftOf, type InForce } from './rota.js';

/** The routes that the load requests. */
@Controller()
export class Ward {
  constructor(private readonly authz: Authz) {}

  @Get('health') @Public() health() {
    return 'up';
  }
  @Get('me') @Authenticated() me() {
    return 'in';
  }
  @Get('orders') @RequirePermissions('orders:read') orders() {
    return 'in';
  }
  @Get('delete') @RequirePermissions('orders:delete') delete() {
    return 'in';
  }
  @Get('early') @RequirePermissions('shift:early') early() {
    return 'in';
  }
  @Get('late') @RequirePermissions('shift:late') late() {
    return 'in';
  }
  @Get('night') @RequirePermissions('shift:night') night() {
    return 'in';
  }
  @Get('early-late') @RequirePermissions('shift:early', 'shift:late') earlyLate() {
    return 'in';
  }
  @Get('late-night') @RequirePermissions('shift:late', 'shift:night') lateNight() {
    return 'in';
  }
  @Get('night-early') @RequirePermissions('shift:night', 'shift:early') nightEarly() {
    return 'in';
  }

  /** Checks twice, so that a mapping replaced meanwhile would be noticed. */
  @Get('any') @RequireAnyPermission('shift:early', 'shift:late', 'shift:night') async any() {
    const before = this.onDuty();
    await turns(20);
    return `${before} ${this.onDuty()}`;
  }

  private onDuty(): string {
    return SHIFTS.filter((shift) => this.authz.can(`shift:${shift}`)).join();
  }
}

/** What each route requires. */
const NEEDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/health', []],
  ['/me', []],
  ['/orders', ['orders:read']],
  ['/delete', ['orders:delete']],
  ['/early', ['shift:early']],
  ['/late', ['shift:late']],
  ['/night', ['shift:night']],
  ['/early-late', ['shift:early', 'shift:late']],
  ['/late-night', ['shift:late', 'shift:night']],
  ['/night-early', ['shift:night', 'shift:early']],
  ['/any', []],
]);

export const PATHS: readonly string[] = [...NEEDS.keys()];

/** The only right response: status, and the body if there is one. */
export function rightAnswer(path: string, role: string | undefined, inForce: InForce): string {
  if (path === '/health') return '200';
  if (role === undefined) return '401';
  if (path === '/me') return '200';
  if (inForce === 'none') return '503';
  const has = held(role, inForce);
  if (path === '/any') {
    const shift = shiftOf(inForce);
    return has.includes(`shift:${shift}`) ? `200 ${shift} ${shift}` : '403';
  }
  return NEEDS.get(path)!.every((permission) => has.includes(permission)) ? '200' : '403';
}
