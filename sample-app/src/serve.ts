import { ConsoleLogger, Logger, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { announce } from './announce.js';

/**
 * Starts a service on 127.0.0.1, on `PORT` or on a free port.
 * @param configure Adds further transports.
 */
export async function serve(module: Type, configure: (app: INestApplication) => unknown = () => undefined): Promise<void> {
  Logger.overrideLogger(new ConsoleLogger({ json: true }));
  const app = await NestFactory.create(module);
  app.enableShutdownHooks();
  await configure(app);
  await app.listen(process.env['PORT'] ?? 0, '127.0.0.1');
  announce(await app.getUrl());
}
