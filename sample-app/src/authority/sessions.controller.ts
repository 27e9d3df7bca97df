import { Controller, Delete, Param } from '@nestjs/common';
import { CurrentPrincipal, RequirePermissions, type Principal } from 'nestjs-authz';
import { SessionsService } from './sessions.service.js';

@Controller('sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Delete(':user')
  @RequirePermissions('sessions:end')
  end(@Param('user') user: string, @CurrentPrincipal() { subject }: Principal) {
    return this.sessions.end(user, subject);
  }
}
