// Jest on Node before 24.9 cannot require() an ES module, which jwks-rsa does with jose. Compiles such a file to CommonJS, and only
// when it is loaded through require().
const crypto = require('node:crypto');
const swc = require('@swc/core');

const ESM = /^\s*(import|export)[\s{*"']/m;

module.exports = {
  getCacheKey: (source, file, { supportsStaticESM }) =>
    crypto.createHash('sha1').update(`v1\0${supportsStaticESM}\0${source}`).digest('hex'),
  process: (source, filename, { supportsStaticESM }) => ({
    code:
      supportsStaticESM || !ESM.test(source)
        ? source
        : swc.transformSync(source, { filename, swcrc: false, jsc: { target: 'es2022' }, module: { type: 'commonjs' } }).code,
  }),
};
