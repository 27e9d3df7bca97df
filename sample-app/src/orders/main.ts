import { serve } from '../serve.js';
import { OrdersModule } from './orders.module.js';

await serve(OrdersModule);
