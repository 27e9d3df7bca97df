import { Controller, Get, Header } from '@nestjs/common';
import { Public } from 'nestjs-authz';
import { livePage } from './live-page.js';

@Controller('live')
export class LiveController {
  /** The page knows nothing; what it shows comes over the socket, and that asks for a token. */
  @Get()
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self' ws:",
  )
  show(): string {
    return livePage;
  }
}
