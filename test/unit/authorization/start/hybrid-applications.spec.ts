import type { Provider } from '@nestjs/common';
import { NestApplication } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { watchHybridApplications } from '../../../../lib/authorization/start/hybrid-applications.js';

const connectOf = () => Object.getOwnPropertyDescriptor(NestApplication.prototype, 'connectMicroservice')?.value as unknown;

it('wraps once, however often it is called', () => {
  const before = connectOf();
  watchHybridApplications();
  const wrapped = connectOf();
  expect(wrapped).not.toBe(before);
  watchHybridApplications();
  expect(connectOf()).toBe(wrapped);
});

it('knows the guards of other copies of the library, and leaves applications without any alone', async () => {
  watchHybridApplications();
  class GuardOfACopy {
    readonly canActivate = () => true;
  }
  const prototype = NestApplication.prototype as unknown as Record<symbol, Set<unknown>>;
  prototype[Symbol.for('nestjs-authz:hybrid-applications')]!.add(GuardOfACopy);
  const appOf = async (...providers: Provider[]) =>
    (await Test.createTestingModule({ providers }).compile()).createNestApplication();
  const [guarded, other] = [await appOf(GuardOfACopy), await appOf()];
  const options = { strategy: { listen: (done: () => void) => done(), close: () => undefined } };
  expect(() => guarded.connectMicroservice(options)).toThrow(/inheritAppConfig: true/);
  guarded.connectMicroservice(options, { inheritAppConfig: true });
  other.connectMicroservice(options);
  expect([guarded.getMicroservices(), other.getMicroservices()].map(({ length }) => length)).toEqual([1, 1]);
});
