/**
 * The headers of a request of Node, Express or Fastify: as they came, and as the framework and the application's middleware left them.
 */
export interface RequestHeaders {
  /** Names and values in turn. Adapters for serverless platforms may leave them empty. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** Of Fastify: the request of Node. */
  readonly raw?: { readonly rawHeaders?: readonly string[] | undefined } | undefined;
  /** Values by name in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** Every value of a header as it came, one per occurrence. @param name In lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

/**
 * Every value of a header. Several on the wire are all of them: `headers` keeps only the first, or joins them. Otherwise `headers` counts, which
 * middleware may have changed, and which is all that some adapters for serverless platforms fill.
 * @param name In lower case.
 */
export function headerOf({ raw, rawHeaders, headers }: RequestHeaders, name: string): readonly string[] {
  const onWire = headerValues(raw?.rawHeaders ?? rawHeaders ?? [], name);
  if (onWire.length > 1 || headers === undefined) return onWire;
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (typeof value === 'string') return [value]; // as it nearly always is
  return [value].flat().filter((each) => typeof each === 'string');
}
