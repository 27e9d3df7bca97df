import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  Req,
  Res,
  ServiceUnavailableException,
  Sse,
  type MessageEvent,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { RequirePermissions } from '../authorization/index.js';
import { ChangeNotices } from './change-notices.js';
import { MappingPublisher } from './mapping-publisher.js';
import type { PublishedBundle, PublishedRevision } from './published-bundle.interface.js';

/** When a client may ask again that found nothing, in seconds. */
const RETRY_AFTER_SECONDS = '5';

/** What a request of either adapter has. */
interface Conditional {
  readonly headers: { readonly 'if-none-match'?: string };
}

/** The bundle, the revisions before it, and the notice of the next: for callers with `mapping:read`. */
@RequirePermissions('mapping:read')
abstract class MappingEndpoints {
  constructor(
    @Inject(MappingPublisher) private readonly publisher: MappingPublisher,
    @Inject(ChangeNotices) private readonly notices: ChangeNotices,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Get()
  @Header('Cache-Control', 'private, no-cache')
  current(@Req() request: Conditional, @Res({ passthrough: true }) response: object): string | undefined {
    const { current } = this.publisher;
    if (current === undefined) throw this.unavailable(response, 'No mapping is published yet');
    return this.answer(current, request, response);
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
    if (found === undefined) throw new NotFoundException('This revision is not kept');
    return this.answer(found, request, response);
  }

  @Sse('changes')
  changes(@Res({ passthrough: true }) response: object): Observable<MessageEvent> {
    const stream = this.notices.follow();
    if (stream !== undefined) return stream;
    // A server that closes waits for connections that are kept, and a listener comes back on the one it had.
    this.adapters.httpAdapter.setHeader(response, 'Connection', 'close');
    throw this.unavailable(response, 'There is no place for one more listener');
  }

  private answer({ text, etag }: PublishedBundle, request: Conditional, response: object): string | undefined {
    const { httpAdapter } = this.adapters;
    httpAdapter.setHeader(response, 'ETag', etag);
    if (matches(request.headers['if-none-match'], etag)) {
      httpAdapter.status(response, 304);
      return undefined;
    }
    httpAdapter.setHeader(response, 'Content-Type', 'application/jose');
    return text;
  }

  private unavailable(response: object, message: string): ServiceUnavailableException {
    this.adapters.httpAdapter.setHeader(response, 'Retry-After', RETRY_AFTER_SECONDS);
    return new ServiceUnavailableException(message);
  }
}

/** The controller at a path of the application's choice. */
export function mappingControllerAt(path: string): Type {
  @Controller(path)
  class MappingController extends MappingEndpoints {}
  return MappingController;
}

/** RFC 9110 section 13.1.2: a list of entity tags, compared weakly, or `*`. */
function matches(condition: string | undefined, etag: string): boolean {
  const named = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return named.includes(etag) || named.includes('*');
}
