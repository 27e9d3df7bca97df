// Loaded first: on Node 24 and later, jose must be in the ESM registry before a CommonJS package requires it.
import 'jose';
import 'reflect-metadata';
