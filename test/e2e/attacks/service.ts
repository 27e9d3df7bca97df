import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Catch, type ArgumentsHost, type INestApplication, type NestApplicationOptions, type Type } from '@nestjs/common';
import { BaseExceptionFilter, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { AuthzModule, AuthzRefusedException, type AuthzModuleOptions } from '../../../lib/index.js';
import { CapturedLog } from '../captured-log.js';

/** Both web frameworks, for `describe.each`. */
export const ADAPTERS: readonly (readonly [name: string, create: () => AbstractHttpAdapter])[] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

/** Header with the reason of a refusal. A real service does not send the reason to clients. */
export const REASON = 'x-refusal-reason';

@Catch(AuthzRefusedException)
class ReasonFilter extends BaseExceptionFilter<AuthzRefusedException> {
  override catch(refusal: AuthzRefusedException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ header(name: string, value: string): unknown }>().header(REASON, refusal.reason);
    super.catch(refusal, host);
  }
}

/** One request, byte by byte as it goes over the wire; text is written as latin1. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** The response. */
export interface RawResponse {
  readonly status: number;
  /** In lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A guarded application on loopback. */
export class Service {
  constructor(
    readonly app: INestApplication,
    readonly log: CapturedLog,
  ) {}

  /** A client with this token, or without any. */
  with(token?: string): ReturnType<typeof supertest.agent> {
    const agent = supertest.agent(this.app.getHttpServer() as Server);
    return token === undefined ? agent : agent.set('Authorization', `Bearer ${token}`);
  }

  /** Sends bytes that no well-behaved HTTP client would send. */
  send({ method = 'GET', path = '/orders', headers = [], body = '' }: RawRequest): Promise<RawResponse> {
    const { port } = (this.app.getHttpServer() as Server).address() as AddressInfo;
    const length: [string, string][] = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body, 'latin1'))]];
    const lines = [['Host', 'service'], ['Connection', 'close'], ...length, ...headers].map(
      ([name, value]) => `${name}: ${value}`,
    );
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1');
      // After a refusal of the HTTP parser the rest of the request may find the connection closed; the answer has come then.
      socket.on('error', (error) => (chunks.length === 0 ? reject(error) : resolve(parsed(Buffer.concat(chunks)))));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('end', () => resolve(parsed(Buffer.concat(chunks))));
      socket.write(Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n'), 'latin1'));
    });
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** Starts an application with these options and controllers on a free port of 127.0.0.1. */
export async function startService(
  options: AuthzModuleOptions,
  controllers: Type[],
  adapter: AbstractHttpAdapter = new ExpressAdapter(),
  tls?: Pick<NestApplicationOptions, 'httpsOptions'>,
): Promise<Service> {
  const log = new CapturedLog();
  const module = Test.createTestingModule({ imports: [AuthzModule.forRoot(options)], controllers }).setLogger(log);
  const app = (await module.compile()).createNestApplication(adapter, tls);
  app.useGlobalFilters(new ReasonFilter(adapter));
  await app.listen(0, '127.0.0.1');
  return new Service(app, log);
}

function parsed(bytes: Buffer): RawResponse {
  const text = bytes.toString('latin1');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map(
    (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
  );
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') };
}
