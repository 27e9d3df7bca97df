/**
 * The headers of a request of Node, Express or Fastify: as the client sent them, and as framework and middleware changed them.
 */
export interface RequestHeaders {
  /** Names and values alternating, as sent. Empty with some adapters for serverless platforms. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** Fastify: the request of Node. */
  readonly raw?: { readonly rawHeaders?: readonly string[] | undefined } | undefined;
  /** Values by name in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** Returns every value of a header as sent, one for each occurrence. @param name In lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

/**
 * Returns every value of a header. If the client sent several, all of them: `headers` keeps only the first, or joins them. Otherwise the value in
 * `headers`, which middleware may have changed, and which some adapters for serverless platforms fill alone.
 * @param name In lower case.
 */
export function headerOf({ raw, rawHeaders, headers }: RequestHeaders, name: string): readonly string[] {
  const onWire = headerValues(raw?.rawHeaders ?? rawHeaders ?? [], name);
  if (onWire.length > 1 || headers === undefined) return onWire;
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (typeof value === 'string') return [value]; // the usual case, without allocations
  return [value].flat().filter((each) => typeof each === 'string');
}
