import { Controller, Get, Header } from '@nestjs/common';
import { Public } from 'nestjs-authz';
import { livePage } from './live-page.js';

@Controller('live')
export class LiveController {
  /** Public, since the page contains no data: it loads the orders over the socket, which requires a token. */
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
