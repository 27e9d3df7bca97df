/** Options of the room `authorization`. */
export interface AuthorizationOptions {
  /**
   * What a handler without any decorator asks for. `'deny'`: nobody may call it (403, reason `no_requirement`), and a warning at start
   * names it. `'authenticated'`: a valid access token. Default: `'deny'`.
   */
  readonly undecorated?: 'deny' | 'authenticated';
}
