import { jest } from '@jest/globals';
import { Controller, Logger } from '@nestjs/common';
import { EXCEPTION_FILTERS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { BY_DEFAULT } from '../../../../lib/authentication/index.js';
import { CallScope, OpenCalls, Refusals } from '../../../../lib/authorization/index.js';
import { openMicroservices } from '../../../../lib/transports/microservices/open-microservices.js';
import { Revocations } from '../../../../lib/revocation/index.js';

@Controller()
class Orders {
  @MessagePattern('read')
  read(): void {
    // Only its metadata matters.
  }

  @EventPattern('happened')
  happened(data: unknown): unknown {
    return data;
  }

  other(): void {
    // Nothing calls it.
  }
}

it('binds the interceptor and filter to a handler once, even if several applications use its class', async () => {
  const open = new OpenCalls(new Revocations(undefined), new Refusals({}), 0);
  const methods = [Orders.prototype.read, Orders.prototype.happened].map((method) => ({ type: Orders, method }));
  for (let application = 0; application < 3; application++) {
    const transport = await openMicroservices(methods, {
      scope: new CallScope(),
      open,
      modules: new ModulesContainer(),
      sources: BY_DEFAULT,
    });
    expect(transport).toBeDefined();
  }
  for (const { method } of methods)
    for (const key of [INTERCEPTORS_METADATA, EXCEPTION_FILTERS_METADATA])
      expect(Reflect.getMetadata(key, method)).toHaveLength(1);
  expect(Reflect.getMetadataKeys(Orders.prototype.other)).not.toContain(INTERCEPTORS_METADATA);
  open.stop();
});

it.each([
  ['says at start that Nest before 11.1.4 does not list its servers, and what goes unnoticed', {}, 1],
  ['says nothing on a version that lists them', new ModulesContainer(), 0],
])('%s', async (_what, modules, times) => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const open = new OpenCalls(new Revocations(undefined), new Refusals({}), 0);
  await openMicroservices([], {
    scope: new CallScope(),
    open,
    sources: BY_DEFAULT,
    modules: modules as ModulesContainer,
  });
  expect(warn).toHaveBeenCalledTimes(times);
  if (times > 0)
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/two "authorization" fields.*Use @nestjs\/core 11\.1\.4/));
  warn.mockRestore();
  open.stop();
});
