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
import { AuthzLogger, AuthzMode, ControlPlane, CurrentPrincipal, RequirePermissions } from '../../../authorization/index.js';
import { shown, type Principal } from '../../../core/index.js';
import { isWide, Revocations, type RevocationEntry } from '../../../revocation/index.js';
import { ChangeNotices } from '../responses/change-notices.js';
import { changeStream } from '../responses/change-stream.js';
import { conditionalResponse, type Conditional } from '../responses/conditional-response.js';
import { attributed, postedEntries, type PostedEntries } from './posted-entries.js';
import { RevocationPublisher } from './revocation-publisher.js';
import { unavailable } from '../responses/unavailable.js';

const logger = new AuthzLogger('Authz');

/** Body of the response to a post. */
interface Taken extends Pick<PostedEntries, 'refused'> {
  /** `meant`: the accepted issuer that was probably meant. */
  readonly unknownIssuers?: readonly { readonly issuer: string; readonly meant: string | undefined }[];
}

/** The rules in force and change events, for callers with `revocations:read`; accepts rules of callers with `revocations:write`. */
@AuthzMode('enforce') // also in an application in report mode: a posted rule can revoke every token
abstract class RevocationEndpoints {
  constructor(
    @Inject(RevocationPublisher) private readonly publisher: RevocationPublisher,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(ChangeNotices) private readonly notices: ChangeNotices,
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
  ) {}

  @Get()
  @ControlPlane()
  @RequirePermissions('revocations:read')
  @Header('Cache-Control', 'private, no-cache')
  async current(@Req() request: Conditional, @Res({ passthrough: true }) response: object): Promise<string | undefined> {
    const { httpAdapter } = this.adapters;
    const { current } = this.publisher;
    if (current === undefined) throw unavailable(httpAdapter, response, 'The revocations are not loaded yet');
    return conditionalResponse(httpAdapter, current, request, response, await this.publisher.confirm(current));
  }

  @Sse('changes')
  @ControlPlane()
  @RequirePermissions('revocations:read')
  changes(@Res({ passthrough: true }) response: object): Observable<MessageEvent> {
    return changeStream(this.notices, this.adapters.httpAdapter, response);
  }

  /** Responds 200 with the rejected entries and why, usually none, and with the rules' issuers whose tokens are not accepted here. */
  @Post()
  @RequirePermissions('revocations:write')
  @HttpCode(200)
  async take(@Body() body: unknown, @CurrentPrincipal() caller: Principal): Promise<Taken> {
    const { entries, refused } = postedEntries(body);
    for (const { act, kind, issuer, value } of entries)
      if (act === 'restore' && !isWide(kind))
        logger.warn(`${shown(caller.subject)} removed the revocation of ${kind} ${shown(value)} (issuer ${shown(issuer)})`);
    for (const { fault } of refused) logger.warn(`${shown(caller.subject)} posted an invalid revocation: ${fault}`);
    await this.revocations.take(entries.map((entry) => attributed(entry, caller.subject)));
    return { refused, ...this.unknownIssuers(entries) };
  }

  private unknownIssuers(entries: readonly RevocationEntry[]): Pick<Taken, 'unknownIssuers'> {
    const issuers = [...new Set(entries.map(({ issuer }) => issuer))];
    const unknown = issuers.flatMap((issuer) => {
      const found = this.revocations.unknownIssuer(issuer);
      return found === undefined ? [] : { issuer, meant: found.meant };
    });
    return unknown.length === 0 ? {} : { unknownIssuers: unknown };
  }
}

/** Makes the controller at the path that the application chose. */
export function revocationControllerAt(path: string): Type {
  @Controller(path)
  class RevocationController extends RevocationEndpoints {}
  return RevocationController;
}
