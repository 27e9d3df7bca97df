import { AuthzConfigError } from '../../core/index.js';

/** The options of the command line by the members that they fill. */
type OptionNames = Readonly<Record<string, string>>;

/** Matches a member of a function's options, as messages name it: `"signBundle({ kid })"`, `"databaseMapping({ tables.roles.table })"`. */
const MEMBER = /"\w+\(\{ (\w+)(?:\.([\w.]+))? \}\)"/g;

/**
 * Runs work that passes options of the command line to a function, and names these options in its errors instead of the function's.
 * @throws CliError, AuthzConfigError and others, as the work does.
 */
export async function withOptionNames<Result>(names: OptionNames, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AuthzConfigError)) throw error;
    const message = error.message.replace(MEMBER, (whole, member: string, inner?: string) => {
      const option = Object.hasOwn(names, member) ? names[member] : undefined;
      if (option === undefined) return whole;
      return inner === undefined ? option : `"${inner}" in ${option}`;
    });
    throw message === error.message ? error : new AuthzConfigError(error.code, message);
  }
}
