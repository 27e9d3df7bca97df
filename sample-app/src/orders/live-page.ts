/**
 * Shows new orders live. Open it as `/live#token=…`: browsers do not send the part after the #. Your own page gets the token from a login.
 * The page sends the token as a subprotocol, since a browser cannot set headers for a WebSocket.
 */
export const livePage = `<!doctype html>
<html lang="en">
  <meta name="viewport" content="width=device-width">
  <title>Live orders</title>
  <style>
    :root { color-scheme: light dark; --line: light-dark(#d8dce3, #3a4250); --soft: light-dark(#5b6472, #9aa4b5); }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
    header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; }
    h1 { font-size: 1.4rem; margin: 0; }
    #state { padding: .1rem .7rem; border-radius: 1rem; font-size: .85rem; white-space: nowrap; background: light-dark(#eceff4, #2a313c); }
    #state[data-is=open] { background: light-dark(#d9f2e1, #1d4029); }
    #state[data-is=closed] { background: light-dark(#fbdcdc, #5a2326); }
    #end { border: 1px solid light-dark(#d64545, #e06c6c); border-left-width: .4rem; border-radius: .3rem; padding: .6rem 1rem; margin: 1.2rem 0; }
    table { width: 100%; border-collapse: collapse; margin-top: 1.2rem; }
    th, td { text-align: left; padding: .45rem .5rem; border-bottom: 1px solid var(--line); }
    th { font-size: .8rem; font-weight: 600; color: var(--soft); }
    tr.cancelled td { color: var(--soft); text-decoration: line-through; }
    body.ended table { opacity: .45; }
  </style>
  <header><h1>Live orders</h1><span id="state" role="status">connecting</span></header>
  <div id="end" role="alert" hidden></div>
  <table>
    <thead><tr><th>Order</th><th>Product</th><th>Quantity</th><th>Ordered by</th></tr></thead>
    <tbody></tbody>
  </table>
  <script type="module">
    const ENDS = {
      4401: 'Your session has ended. Log in again to go on.',
      4403: 'You may not see orders.',
      1013: 'The service cannot check your token at the moment. Try again later.',
    };
    const find = (selector) => document.querySelector(selector);
    const state = (is, text) => Object.assign(find('#state'), { textContent: text }).setAttribute('data-is', is);

    const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
    history.replaceState(null, '', location.pathname); // removes the token from the address bar

    const rows = new Map();
    const show = ({ id, sku, quantity, orderedBy, status }) => {
      const row = rows.get(id) ?? find('tbody').insertRow(0);
      rows.set(id, row);
      row.className = status;
      row.replaceChildren(...[id, sku, quantity, orderedBy].map((text) => Object.assign(document.createElement('td'), { textContent: text })));
    };
    const handlers = {
      orders: ({ you, orders }) => {
        state('open', 'live for ' + you);
        orders.forEach(show);
      },
      order: show,
    };

    const socket = new WebSocket('ws://' + location.host + '/live/orders', ['authz', 'bearer.' + token]);
    socket.onmessage = (message) => {
      const { event, data } = JSON.parse(message.data);
      handlers[event]?.(data);
    };
    socket.onclose = ({ code, reason }) => {
      state('closed', 'cut off');
      document.body.className = 'ended';
      const text = ENDS[code] ?? 'The connection was lost.';
      Object.assign(find('#end'), { hidden: false, textContent: text + ' (' + [code, reason].filter(Boolean).join(' ') + ')' });
    };
  </script>
</html>
`;
