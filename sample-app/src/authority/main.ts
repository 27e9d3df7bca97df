import { serve } from '../serve.js';
import { AuthorityModule } from './authority.module.js';

await serve(AuthorityModule);
