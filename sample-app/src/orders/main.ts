import { WsAdapter } from '@nestjs/platform-ws';
import { guardedWebSockets } from 'nestjs-authz/websockets';
import { serve } from '../serve.js';
import { OrdersModule } from './orders.module.js';

await serve(OrdersModule, (app) => app.useWebSocketAdapter(guardedWebSockets(app, new WsAdapter(app))));
