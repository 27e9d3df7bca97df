import { Transport, type TcpOptions } from '@nestjs/microservices';
import { serve } from '../serve.js';
import { setting } from '../setting.js';
import { CatalogModule } from './catalog.module.js';

await serve(CatalogModule, async (app) => {
  const tcp: TcpOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(setting('TCP_PORT')) } };
  app.connectMicroservice(tcp, { inheritAppConfig: true }); // without it, the start stops: no guard would run before its handlers
  await app.startAllMicroservices();
});
