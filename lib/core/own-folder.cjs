'use strict';
// Where this file is: the one way to ask that ES modules, CommonJS, Jest and every bundler understand. In a bundle: undefined.
module.exports = module.path;
