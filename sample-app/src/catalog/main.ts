import { Transport, type TcpOptions } from '@nestjs/microservices';
import { serve } from '../serve.js';
import { setting } from '../setting.js';
import { CatalogModule } from './catalog.module.js';

await serve(CatalogModule, async (app) => {
  const tcp: TcpOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(setting('TCP_PORT')) } };
  app.connectMicroservice(tcp, { inheritAppConfig: true }); // required: without it no guard would run before the handlers, and the application does not start
  await app.startAllMicroservices();
});
