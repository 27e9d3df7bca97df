export const LEFT_OUT: readonly string[];

export const DIFFERENT: readonly { readonly suite: string; readonly test: string }[];
