import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  Sse,
  type MessageEvent,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { RequirePermissions } from '../authorization/index.js';
import { Revocations } from '../revocation/index.js';
import { ChangeNotices } from './change-notices.js';
import { changeStream } from './change-stream.js';
import { conditionalAnswer, type Conditional } from './conditional-answer.js';
import { postedEntries } from './posted-entries.js';
import { RevocationPublisher } from './revocation-publisher.js';
import { unavailable } from './unavailable.js';

/** The rules in force and the notice of others, for callers with `revocations:read`; takes rules of those with `revocations:write`. */
abstract class RevocationEndpoints {
  constructor(
    @Inject(RevocationPublisher) private readonly publisher: RevocationPublisher,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(ChangeNotices) private readonly notices: ChangeNotices,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Get()
  @RequirePermissions('revocations:read')
  @Header('Cache-Control', 'private, no-cache')
  current(@Req() request: Conditional, @Res({ passthrough: true }) response: object): string | undefined {
    const { httpAdapter } = this.adapters;
    const { current } = this.publisher;
    if (current === undefined) throw unavailable(httpAdapter, response, 'The revocations have not come yet');
    return conditionalAnswer(httpAdapter, current, request, response);
  }

  @Sse('changes')
  @RequirePermissions('revocations:read')
  changes(@Res({ passthrough: true }) response: object): Observable<MessageEvent> {
    return changeStream(this.notices, this.adapters.httpAdapter, response);
  }

  @Post()
  @RequirePermissions('revocations:write')
  @HttpCode(204)
  async take(@Body() body: unknown): Promise<void> {
    await this.revocations.take(postedEntries(body));
  }
}

/** The controller at a path of the application's choice. */
export function revocationControllerAt(path: string): Type {
  @Controller(path)
  class RevocationController extends RevocationEndpoints {}
  return RevocationController;
}
