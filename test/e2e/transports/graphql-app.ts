import { setTimeout as pause } from 'node:timers/promises';
import type { DynamicModule, ModuleMetadata, Provider } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Field, GraphQLModule, Int, Mutation, ObjectType, Query, Resolver, Subscription } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Authz, AuthzModule, CurrentPrincipal, Public, RequirePermissions, type AuthzModuleOptions } from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp, type AuthzTestAppOptions } from '../../../lib/testing/index.js';
import { until } from '../../waiting/until.js';
import { portOf } from '../raw-request.js';
import { TABLE_OPTIONS, callerSeen, type CallResult, type Held, type Outcome, type CallerSeen } from './behaviour-table.js';

/** One of the three ways to serve GraphQL. */
export interface Server {
  readonly name: string;
  readonly newAdapter: () => AbstractHttpAdapter;
  /** @param options Added to the options for subscriptions and schema generation. */
  readonly module: (options?: Readonly<Record<string, unknown>>) => DynamicModule;
}

const COMMON = { autoSchemaFile: true, fieldResolverEnhancers: ['guards' as const] };

const apollo: Server['module'] = (options = {}) =>
  GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    subscriptions: { 'graphql-ws': true },
    graphiql: false,
    ...COMMON,
    ...options,
  });

export const SERVERS: readonly Server[] = [
  { name: 'Apollo on Express', newAdapter: () => new ExpressAdapter(), module: apollo },
  { name: 'Apollo on Fastify', newAdapter: () => new FastifyAdapter(), module: apollo },
  {
    name: 'Mercurius',
    newAdapter: () => new FastifyAdapter(),
    module: (options = {}) =>
      GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, subscription: true, ...COMMON, ...options }),
  },
];

/** Runs the block once for each server. */
export function onEveryServer(block: (server: Server) => void): void {
  describe.each(SERVERS.map((server) => [server.name, server] as const))('on %s', (_name, server) => block(server));
}

@ObjectType()
class Caller implements CallerSeen {
  @Field(() => String, { nullable: true }) subject: string | undefined;
  @Field(() => String, { nullable: true }) current: string | undefined;
  @Field() canRead!: boolean;
  @Field() canRemove!: boolean;
}

/** The handlers of the behaviour table. */
@Resolver(() => Caller)
export class Orders {
  constructor(private readonly authz: Authz) {}

  @Query(() => Caller)
  @RequirePermissions('orders:read')
  read(@CurrentPrincipal('subject') subject: string): CallerSeen {
    return callerSeen(this.authz, subject);
  }

  @Mutation(() => Boolean)
  @RequirePermissions('orders:delete')
  remove(): boolean {
    return true;
  }

  @Query(() => Boolean)
  undecorated(): boolean {
    return true;
  }

  @Query(() => Boolean)
  @Public()
  open(): boolean {
    return true;
  }

  @Subscription(() => Int)
  @RequirePermissions('orders:read')
  ticks(): AsyncIterableIterator<object> {
    return ticking('ticks');
  }
}

/** Emits a value immediately, and another at each interval until it is unsubscribed from. */
export async function* ticking(field: string, everyMs = 20): AsyncGenerator<object> {
  for (let tick = 0; ; tick++) {
    yield { [field]: tick };
    await pause(everyMs);
  }
}

/** Closes clients and application together. */
export class GraphqlTestApp {
  private readonly clients: Client[] = [];

  constructor(readonly authz: AuthzTestApp) {}

  get url(): string {
    return `http://127.0.0.1:${portOf(this.authz)}/graphql`;
  }

  /** Posts an operation. */
  async post(query: string, token?: string, more: object = {}): Promise<Posted> {
    return this.send({ query, ...more }, token === undefined ? {} : { authorization: `Bearer ${token}` });
  }

  async send(body: unknown, headers: Readonly<Record<string, string>>): Promise<Posted> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) as GraphqlResponse };
  }

  /** A client of subscriptions. It does not reconnect unless a test says otherwise. */
  client(connectionParams?: unknown, headers: object = {}, options: object = {}): Client {
    class WithHeaders extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, { headers: { ...headers } });
      }
    }
    const client = createClient({
      url: this.url.replace('http', 'ws'),
      webSocketImpl: WithHeaders,
      retryAttempts: 0,
      ...(connectionParams === undefined ? {} : { connectionParams: connectionParams as Record<string, unknown> }),
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  /** A raw socket of the subscription protocol. */
  socket(headers: Readonly<Record<string, string>> = {}, protocol = 'graphql-transport-ws'): WebSocket {
    return new WebSocket(this.url.replace('http', 'ws'), protocol, { headers });
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.dispose();
    await this.authz.close();
  }
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly unknown[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface GraphqlResponse {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphqlError[];
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: GraphqlResponse;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export async function startGraphql(
  server: Server,
  providers: readonly Provider[],
  graphql: Parameters<Server['module']>[0] = {},
  {
    authz = {},
    app = {},
    module = {},
  }: { authz?: Partial<AuthzModuleOptions>; app?: AuthzTestAppOptions; module?: ModuleMetadata } = {},
): Promise<GraphqlTestApp> {
  const imports = [
    AuthzModule.forRoot({ ...TABLE_OPTIONS, ...authz } as AuthzModuleOptions),
    server.module(graphql),
    ...(module.imports ?? []),
  ];
  const metadata = { ...module, providers: [...providers, ...(module.providers ?? [])], imports };
  return new GraphqlTestApp(await startAuthzApp(metadata, { adapter: server.newAdapter(), ...app }));
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  BAD_REQUEST: 'malformed',
  UNAUTHENTICATED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  SERVICE_UNAVAILABLE: 'unavailable',
};

/** The outcome by the first error; `allowed` without one. */
export function outcomeOf({ data, errors }: GraphqlResponse): Outcome {
  if (errors === undefined) return data === undefined ? 'other' : 'allowed';
  return OUTCOMES[String(errors[0]?.extensions?.['code'])] ?? 'other';
}

/** The outcome of an error, or of a closed socket. */
export function endOf(error: unknown): CallResult {
  if (Array.isArray(error)) return { outcome: outcomeOf({ errors: error as GraphqlError[] }), said: error };
  const { code, reason } = error as { code?: number; reason?: string };
  return { outcome: code === 4403 ? 'unauthenticated' : 'other', said: { code, reason } };
}

/** Subscribes and waits for the first value. @throws Error if another message arrives. */
export async function hold(client: Client, query: string): Promise<Held> {
  let received = 0;
  let close = (): void => undefined;
  let failed: unknown;
  const ended = new Promise<CallResult>((end) => {
    close = client.subscribe(
      { query },
      {
        next: ({ errors }) => {
          received++;
          failed ??= errors;
        },
        error: (error) => {
          failed ??= error;
          end(endOf(error));
        },
        complete: () => {
          failed ??= 'complete';
          end({ outcome: 'other', said: 'complete' });
        },
      },
    );
  });
  await until(() => received > 0 || failed !== undefined);
  if (failed !== undefined) throw new Error(`Refused: ${JSON.stringify(failed)}`);
  return { ended, received: () => received, close };
}

/** The first result of an operation on a socket, which is ended then. */
export async function firstOf(client: Client, query: string): Promise<CallResult> {
  let end = (): void => undefined;
  try {
    return await new Promise<CallResult>((resolve) => {
      end = client.subscribe(
        { query },
        {
          next: (value) => resolve({ outcome: outcomeOf(value as GraphqlResponse), said: value }),
          error: (error) => resolve(endOf(error)),
          complete: () => resolve({ outcome: 'other', said: 'complete' }),
        },
      );
    });
  } finally {
    end();
  }
}
