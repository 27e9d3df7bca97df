import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Authz, Public } from 'nestjs-authz';

@Controller('health')
export class HealthController {
  constructor(private readonly authz: Authz) {}

  /** For a readiness check: `ready` decides. That the mapping is not `fresh` is for an alarm; no restart mends it. */
  @Get()
  @Public()
  read() {
    const { origin, ready = false, fresh } = this.authz.diagnostics().mapping ?? {};
    if (!ready) throw new ServiceUnavailableException('There is no mapping that may be used');
    return { origin, ready, fresh };
  }
}
