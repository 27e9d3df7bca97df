'use strict';
// The folder of this file. Only this form works in ES modules, CommonJS, Jest and every bundler. In a bundle: undefined.
module.exports = module.path;
