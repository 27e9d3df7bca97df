/** A value that a driver puts in place of a placeholder. */
export type SqlParameter = string | number;

/** A piece of SQL: one parameter between each two strings, as in a template literal. */
export interface Fragment {
  readonly strings: readonly string[];
  readonly parameters: readonly SqlParameter[];
}

/** Writes a fragment with other fragments in it. Strings are not accepted as values, so that no value can become SQL. */
export function sql(template: TemplateStringsArray, ...values: readonly Fragment[]): Fragment {
  const strings = [template[0] ?? ''];
  const parameters: SqlParameter[] = [];
  const append = (text: string) => strings.push((strings.pop() ?? '') + text);
  for (const [index, value] of values.entries()) {
    const [first = '', ...others] = value.strings;
    append(first);
    strings.push(...others);
    parameters.push(...value.parameters);
    append(template[index + 1] ?? '');
  }
  return { strings, parameters };
}

/** Returns a fragment of SQL that this library has written. */
export function raw(text: string): Fragment {
  return { strings: [text], parameters: [] };
}

/** Returns a placeholder for a value. */
export function parameter(value: SqlParameter): Fragment {
  return { strings: ['', ''], parameters: [value] };
}

/** Joins fragments: `a, b, c`. */
export function joined(parts: readonly Fragment[], separator: string): Fragment {
  const [first, ...others] = parts;
  if (first === undefined) return raw('');
  return others.reduce((before, part) => sql`${before}${raw(separator)}${part}`, first);
}

/** Combines conditions, in parentheses if there are several. */
export function combined(operator: 'AND' | 'OR', parts: readonly Fragment[]): Fragment {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : sql`(${joined(parts, ` ${operator} `)})`;
}
