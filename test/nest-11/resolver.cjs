const { join, sep } = require('node:path');

/** Nest 12, in the repository around the copy of the tree that this file is in. */
const NEST_12 = join(__dirname, '../../../../node_modules/@nestjs') + sep;

/** Resolves as Jest does, but refuses to load Nest 12 beside Nest 11: a file that Nest 11 lacks would be found there. */
module.exports = (request, options) => {
  const file = options.defaultResolver(request, options);
  if (file.startsWith(NEST_12)) throw new Error(`Nest 11 has no ${request}, which ${options.basedir} imports.`);
  return file;
};
