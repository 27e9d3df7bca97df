import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Controller, Delete, Get, Sse, StreamableFile, type MessageEvent } from '@nestjs/common';
import { interval, map, startWith, type Observable } from 'rxjs';
import { Authz, CurrentPrincipal, Public, RequirePermissions } from '../../../lib/index.js';
import { AuthzModule } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { onBothAdapters, type OnAdapter } from '../on-both-adapters.js';
import { portOf } from '../raw-request.js';
import {
  behavesAlike,
  TABLE_OPTIONS,
  callerSeen,
  type CallResult,
  type HandlerName,
  type Held,
  type Outcome,
  type CallerSeen,
  type Way,
} from './behaviour-table.js';

@Controller()
class Orders {
  constructor(private readonly authz: Authz) {}

  @Get('read')
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @Delete('remove')
  @RequirePermissions('orders:delete')
  remove(): object {
    return {};
  }

  @Get('undecorated')
  undecorated(): object {
    return {};
  }

  @Get('open')
  @Public()
  open(): object {
    return {};
  }

  @Sse('events')
  @RequirePermissions('orders:read')
  events(): Observable<MessageEvent> {
    return interval(20).pipe(
      startWith(0),
      map((number) => ({ data: { number } })),
    );
  }

  @Get('download')
  @RequirePermissions('orders:read')
  download(): StreamableFile {
    const stream = new PassThrough();
    const timer = setInterval(() => stream.write('part\n'), 20);
    stream.on('close', () => clearInterval(timer));
    return new StreamableFile(stream);
  }
}

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  200: 'allowed',
  400: 'malformed',
  401: 'unauthenticated',
  403: 'forbidden',
  503: 'unavailable',
};

async function start({ newAdapter }: OnAdapter): Promise<{ app: AuthzTestApp; call: Way['call'] }> {
  const module = { controllers: [Orders], imports: [AuthzModule.forRoot(TABLE_OPTIONS)] };
  const app = await startAuthzApp(module, { adapter: newAdapter() });
  const call = async (handler: HandlerName, token: string | undefined): Promise<CallResult> => {
    const caller = token === undefined ? app.anonymous() : app.withToken(token);
    const answer = await (handler === 'remove' ? caller.delete('/remove') : caller.get(`/${handler}`)).catch(codeOfReset);
    if (typeof answer === 'string') return { outcome: 'other', said: answer };
    return { outcome: OUTCOMES[answer.status] ?? 'other', said: answer.body as unknown };
  };
  return { app, call };
}

/** A server that does not read a header to its end responds with 431, but may close the connection before the client has read it. */
function codeOfReset(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'EPIPE') return code;
  throw error;
}

/** Opens a response that is written in parts. */
async function open(
  app: AuthzTestApp,
  path: string,
  token: string,
  endOf: (text: string, whole: boolean) => CallResult,
): Promise<Held> {
  const sent = request({ host: '127.0.0.1', port: portOf(app), path, headers: { authorization: `Bearer ${token}` } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  let received = 0;
  const first = new Promise<void>((resolve) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      received++;
      resolve();
    });
  });
  const ended = new Promise<CallResult>((resolve) => {
    response.on('error', () => undefined).on('close', () => resolve(endOf(text, response.complete)));
  });
  await first;
  return { ended, received: () => received, close: () => response.destroy() };
}

onBothAdapters((on) => {
  behavesAlike('HTTP, with server-sent events', async () => {
    const { app, call } = await start(on);
    const farewell = (text: string): CallResult => {
      const [, data] = /event: unauthorized\ndata: (.*)\n\n$/.exec(text) ?? [];
      const said = JSON.parse(data ?? '{}') as { statusCode?: number };
      return { outcome: OUTCOMES[said.statusCode ?? 0] ?? 'other', said };
    };
    return { app, call, hold: (token) => open(app, '/events', token, farewell), stop: () => app.close() };
  });

  behavesAlike('HTTP, with a download', async () => {
    const { app, call } = await start(on);
    // A download says nothing; it must not look whole.
    const brokenOff = (text: string, isWhole: boolean): CallResult => ({
      outcome: isWhole ? 'other' : 'unauthenticated',
      said: text,
    });
    return { app, call, hold: (token) => open(app, '/download', token, brokenOff), stop: () => app.close() };
  });
});
