import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  Req,
  Res,
  Sse,
  type MessageEvent,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { AuthzMode, ControlPlane, RequirePermissions } from '../../../authorization/index.js';
import { ChangeNotices } from '../responses/change-notices.js';
import { changeStream } from '../responses/change-stream.js';
import { conditionalResponse, type Conditional } from '../responses/conditional-response.js';
import { MappingPublisher } from './mapping-publisher.js';
import type { PublishedRevision } from './published-bundle.interface.js';
import { unavailable } from '../responses/unavailable.js';

/** The bundle, its earlier revisions, and change events: for callers with `mapping:read`. */
@RequirePermissions('mapping:read')
@AuthzMode('enforce') // also in an application in report mode
abstract class MappingEndpoints {
  constructor(
    @Inject(MappingPublisher) private readonly publisher: MappingPublisher,
    @Inject(ChangeNotices) private readonly notices: ChangeNotices,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Get()
  @ControlPlane()
  @Header('Cache-Control', 'private, no-cache')
  async current(@Req() request: Conditional, @Res({ passthrough: true }) response: object): Promise<string | undefined> {
    const { current } = this.publisher;
    if (current === undefined) throw unavailable(this.adapters.httpAdapter, response, 'No mapping is published yet');
    const confirmation = await this.publisher.confirm(current);
    return conditionalResponse(this.adapters.httpAdapter, current, request, response, confirmation);
  }

  @Get('revisions')
  @Header('Cache-Control', 'private, no-cache')
  revisions(): readonly PublishedRevision[] {
    return this.publisher.history.map(({ revision, sequence, issuedAt, digest }) => ({ revision, sequence, issuedAt, digest }));
  }

  @Get('revisions/:sequence')
  @Header('Cache-Control', 'private, no-cache')
  revision(
    @Param('sequence') sequence: string,
    @Req() request: Conditional,
    @Res({ passthrough: true }) response: object,
  ): string | undefined {
    const found = this.publisher.history.find((bundle) => String(bundle.sequence) === sequence);
    if (found === undefined) throw new NotFoundException('There is no such revision, or it is no longer kept');
    return conditionalResponse(this.adapters.httpAdapter, found, request, response);
  }

  @Sse('changes')
  @ControlPlane()
  changes(@Res({ passthrough: true }) response: object): Observable<MessageEvent> {
    return changeStream(this.notices, this.adapters.httpAdapter, response);
  }
}

/** Makes the controller at the path that the application chose. */
export function mappingControllerAt(path: string): Type {
  @Controller(path)
  class MappingController extends MappingEndpoints {}
  return MappingController;
}
