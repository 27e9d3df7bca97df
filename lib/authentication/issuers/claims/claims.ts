/** The claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;
