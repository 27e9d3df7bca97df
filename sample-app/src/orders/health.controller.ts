import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Authz, Public } from 'nestjs-authz';

@Controller('health')
export class HealthController {
  constructor(private readonly authz: Authz) {}

  /** Readiness check, decided by `ready`. Use `fresh` for an alarm, not for a restart: a restart does not refresh the mapping. */
  @Get()
  @Public()
  read() {
    const { origin, ready = false, fresh } = this.authz.diagnostics().mapping ?? {};
    if (!ready) throw new ServiceUnavailableException('No usable mapping');
    return { origin, ready, fresh };
  }
}
