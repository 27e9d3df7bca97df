const { join, sep } = require('node:path');

/** Nest 12, in the repository that contains this copy. */
const NEST_12 = join(__dirname, '../../../../node_modules/@nestjs') + sep;

/** Resolves like Jest, but refuses to load Nest 12: a file that Nest 11 lacks would otherwise be found there. */
module.exports = (request, options) => {
  const file = options.defaultResolver(request, options);
  if (file.startsWith(NEST_12)) throw new Error(`Nest 11 has no ${request}, which ${options.basedir} imports.`);
  return file;
};
