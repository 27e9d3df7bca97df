import type { HandlerRule } from '../../../../lib/authorization/requirements/handler-rule.interface.js';
import { refuseUnfiltered } from '../../../../lib/authorization/start/refuse-unfiltered.js';

const rule = (name: string, isFiltered: boolean): HandlerRule => ({
  name,
  requirement: { access: 'authenticated', clauses: [{ among: 'permissions', need: 'all', names: ['orders:read'], isFiltered }] },
  mode: 'enforce',
});

it('refuses handlers that filter in an application where nothing can ask for a filter, and names them', () => {
  const start = () => refuseUnfiltered([rule('Orders.list', true), rule('Orders.read', false)], false);
  expect(start).toThrow(/on Orders\.list admits/);
});

it('accepts them if something injects Authz', () => {
  expect(() => refuseUnfiltered([rule('Orders.list', true)], true)).not.toThrow();
});

it('accepts an application without such handlers', () => {
  expect(() => refuseUnfiltered([rule('Orders.read', false)], false)).not.toThrow();
});
