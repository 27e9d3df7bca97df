export type { FeedAnswer, FeedNote, RevocationFeed } from '../../revocation/index.js';
