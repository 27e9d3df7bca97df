import { behavesAlike, type HandlerName } from './behaviour-table.js';
import { firstOf, hold, Orders, outcomeOf, SERVERS, startGraphql, type GraphqlResponse } from './graphql-app.js';

const OPERATIONS: Readonly<Record<HandlerName, string>> = {
  read: '{ read { subject current canRead canRemove } }',
  remove: 'mutation { remove }',
  undecorated: '{ undecorated }',
  open: '{ open }',
};

for (const server of SERVERS) {
  behavesAlike(`GraphQL by ${server.name}`, async () => {
    const app = await startGraphql(server, [Orders]);
    return {
      app: app.authz,
      call: async (handler, token) => {
        const { body } = await app.post(OPERATIONS[handler], token);
        return { outcome: outcomeOf(body), said: body.data?.[handler] ?? body };
      },
      hold: (token) => hold(app.client({ authorization: `Bearer ${token}` }), 'subscription { ticks }'),
      stop: () => app.close(),
    };
  });
}

/** Queries and mutations on a socket, too: graphql-ws always accepts them, Mercurius only with an option. */
for (const server of SERVERS) {
  behavesAlike(`GraphQL by ${server.name}, on a socket`, async () => {
    const options = server.name === 'Mercurius' ? { subscription: { fullWsTransport: true } } : {};
    const app = await startGraphql(server, [Orders], options);
    return {
      app: app.authz,
      call: async (handler, token) => {
        const client = app.client(token === undefined ? undefined : { Authorization: `Bearer ${token}` });
        const { outcome, said } = await firstOf(client, OPERATIONS[handler]);
        await client.dispose();
        return { outcome, said: (said as GraphqlResponse).data?.[handler] ?? said };
      },
      stop: () => app.close(),
    };
  });
}
