import { notInstalled } from '../../../lib/cli/optional-package.js';

describe('notInstalled', () => {
  const tell = notInstalled('ioredis', 'Publishing to Redis');

  it('names the package to install', () => {
    const error = Object.assign(new Error("Cannot find package 'ioredis'"), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(() => tell(error)).toThrow('Publishing to Redis needs the package ioredis: npm install ioredis');
  });

  it('does not change other errors', () => {
    const error = new Error('a fault of its own');
    expect(() => tell(error)).toThrow(error);
  });
});
