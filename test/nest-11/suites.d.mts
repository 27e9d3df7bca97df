export const LEFT_OUT: readonly string[];
