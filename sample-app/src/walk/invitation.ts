import { AUTHORITY_API, BILLING_API, SHOP_API } from '../identity/directory.js';
import { SignIn } from './sign-in.js';
import { bold } from './table.js';
import type { Shop } from './shop.js';

/** Returns commands to try by hand, with new tokens. */
export async function invitation({
  identity,
  authority,
  catalog,
  orders,
  billing,
  mappingFile,
  authorityKeys,
}: Shop): Promise<string> {
  const signIn = await SignIn.at(identity.url);
  const [vera, carl, anna] = [await signIn.user('vera'), await signIn.user('carl'), await signIn.user('anna')];
  const [carlAtBilling, annaAtBilling] = [await signIn.refresh(carl, BILLING_API), await signIn.refresh(anna, BILLING_API)];
  const annaAtAuthority = await signIn.refresh(annaAtBilling, AUTHORITY_API);
  const as = (variable: string) => `curl -iw '\\n' -H "Authorization: Bearer $${variable}"`;
  return `
${bold('Your turn')} (the services run until Ctrl-C; paste into another terminal; the tokens expire after an hour)

${bold('# tokens')}
VERA=${vera.accessToken}
CARL=${carl.accessToken}
CARL_AT_BILLING=${carlAtBilling.accessToken}
ANNA_AT_BILLING=${annaAtBilling.accessToken}
ANNA_AT_AUTHORITY=${annaAtAuthority.accessToken}

${bold('# allowed')}
${as('VERA')} ${orders.url}/orders/1001
${as('CARL')} -d sku=pot -d quantity=1 ${orders.url}/orders
${as('CARL_AT_BILLING')} ${billing.url}/invoices

${bold('# refused: the service logs the reason, see below')}
${as('VERA')} -d sku=pot -d quantity=1 ${orders.url}/orders
${as('CARL')} -X DELETE ${orders.url}/orders/1002

${bold('# live page of orders: carl sees every new order')}
${orders.url}/live#token=${carl.accessToken}

${bold('# without a token')}
curl -iw '\\n' ${catalog.url}/products
curl -iw '\\n' ${orders.url}/orders
curl -iw '\\n' ${orders.url}/.well-known/oauth-protected-resource

${bold('# a token for a service account, and a call with it')}
ROBOT=$(curl -s -u robot:robot-secret -d grant_type=client_credentials -d resource=${SHOP_API} ${identity.url}/token \\
  | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
${as('ROBOT')} -X PUT -d count=10 ${catalog.url}/products/pot/stock

${bold('# change the mapping: give clerk orders:cancel in this file, save, and repeat the refused call')}
${mappingFile}

${bold("# the same with SQL: add a row to billing's tables; billing reads it within a second")}
${as('ANNA_AT_BILLING')} -X PUT ${billing.url}/roles/reader/permissions/invoices:customer:read && sleep 2
${as('CARL_AT_BILLING')} ${billing.url}/invoices

${bold('# the published mapping, and the state of orders')}
ORDERS=$(curl -s -u orders:orders-secret -d grant_type=client_credentials -d resource=${AUTHORITY_API} ${identity.url}/token \\
  | node -p 'JSON.parse(fs.readFileSync(0)).access_token')
${as('ORDERS')} ${authority.url}/mapping
${as('ORDERS')} ${authority.url}/mapping/revisions
curl -iw '\\n' ${orders.url}/health

${bold("# end carl's session: every service refuses his tokens, and his live page closes")}
${as('ANNA_AT_AUTHORITY')} -X DELETE ${authority.url}/sessions/carl

${bold('# emergency stop: every service refuses all tokens issued up to now')}
AUTHORIZATION="Bearer $ANNA_AT_AUTHORITY" npx nestjs-authz revoke everything --expires-in 1h --by anna --reason 'a drill' \\
  --to ${authority.url}/revocations --keys ${authorityKeys} --header authorization=env:AUTHORIZATION
`;
}
