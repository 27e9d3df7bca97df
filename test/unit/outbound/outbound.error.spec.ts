import { HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import { BaseWsExceptionFilter } from '@nestjs/websockets';
import { GraphQLError } from 'graphql';
import { firstValueFrom } from 'rxjs';
import { OutboundError, type OutboundErrorCode } from '../../../lib/outbound/index.js';

const INTERNAL = 'https://stock.internal.test';
const CODES: readonly [OutboundErrorCode, number, string, string][] = [
  ['caller_missing', 401, 'unauthorized', 'UNAUTHENTICATED'],
  ['caller_token_ended', 401, 'invalid_token', 'UNAUTHENTICATED'],
  ['caller_token_revoked', 401, 'invalid_token', 'UNAUTHENTICATED'],
  ['caller_token_bound', 401, 'invalid_token', 'UNAUTHENTICATED'],
  ['audience_mismatch', 403, 'insufficient_scope', 'FORBIDDEN'],
  ['issuer_mismatch', 403, 'insufficient_scope', 'FORBIDDEN'],
  ['origin_refused', 502, 'bad_gateway', 'BAD_GATEWAY'],
  ['refused', 502, 'bad_gateway', 'BAD_GATEWAY'],
  ['answer_invalid', 502, 'bad_gateway', 'BAD_GATEWAY'],
  ['unavailable', 503, 'temporarily_unavailable', 'SERVICE_UNAVAILABLE'],
];

describe.each(CODES)('an uncaught OutboundError: %s', (code, statusCode, error, graphqlCode) => {
  const thrown = new OutboundError(code, 'stock', `the request goes to ${INTERNAL}.`, {
    cause: new Error(INTERNAL),
    error: 'invalid_grant',
    retryAfterSeconds: 7,
  });

  it('is a response over HTTP that reveals nothing internal', () => {
    expect(thrown).toBeInstanceOf(HttpException);
    expect(thrown.getStatus()).toBe(statusCode);
    expect(thrown.getResponse()).toEqual({ statusCode, error, message: thrown.message });
    expect(`${thrown.message}${thrown.stack ?? ''}`).not.toMatch(/internal\.test|"stock"/);
  });

  it('has details for the operator, and a code for programs', () => {
    expect(thrown.detail).toContain(INTERNAL);
    expect(thrown).toMatchObject({ name: 'OutboundError', code, target: 'stock', error: 'invalid_grant', retryAfterSeconds: 7 });
  });

  it('reveals as little to clients of other transports', async () => {
    const said: unknown[] = [new GraphQLError(thrown.message, { originalError: thrown }).toJSON()];
    expect(said).toEqual([{ message: thrown.message, extensions: { code: graphqlCode, error } }]);
    said.push(
      await firstValueFrom(new BaseRpcExceptionFilter().catch(thrown, {} as ArgumentsHost)).catch((sent: unknown) => sent),
    );
    const client = { emit: (...sent: unknown[]) => said.push(sent) };
    const ws = { getClient: () => client, getPattern: () => 'x', getData: () => ({}) };
    new BaseWsExceptionFilter().catch(thrown, { switchToWs: () => ws } as unknown as ArgumentsHost);
    expect(said).toHaveLength(3);
    expect(JSON.stringify(said)).not.toMatch(/internal\.test|stock|invalid_grant/);
  });
});
