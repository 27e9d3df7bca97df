import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { REFUSAL_REASONS } from '../../../lib/index.js';
import { StubIssuer } from '../../../lib/testing/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { until } from '../../waiting/until.js';
import { Document } from '../documents.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { MAPPING, ordersService, statusOf } from './orders-service.js';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const guide = Guide.read('alerts');
const rules = (parse(guide.file('authz.rules.yml')) as Rules).groups.flatMap((group) => group.rules);
/** The rows of the table of alerts: the name of the alert, how soon to react, its meaning, the log line, what to do. */
const rows = Array.from(
  Document.read('docs/guides/alerts.md').content.matchAll(/^\| `(Authz\w+)` +\|(.+)\|$/gm),
  ([, alert, rest]) => {
    const [, , log = ''] = rest!.split('|');
    return { alert: alert!, lines: Array.from(log.matchAll(/`([^`]+)`/g), ([, line]) => line!) };
  },
);
const metrics = rules.flatMap(({ expr }) => expr.match(/authz_\w+/g) ?? []);

describe('the alerts of the guide "Be alerted before users notice"', () => {
  it('each have a row that says what to do', () => {
    expect(rows.map(({ alert }) => alert)).toEqual(rules.map(({ alert }) => alert));
  });

  it('name reasons that refusals have', () => {
    const reasons = rules.flatMap(({ expr }) => Array.from(expr.matchAll(/reason=~?"([^"]+)"/g), ([, pattern]) => pattern!));
    expect(reasons.length).toBeGreaterThan(4);
    for (const pattern of reasons.flatMap((each) => each.split('|')))
      expect(REFUSAL_REASONS.filter((reason) => new RegExp(`^(${pattern})$`).test(reason))).not.toEqual([]);
  });

  it('show log lines that the library writes', () => {
    const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const source = sources.map((file) => readFileSync(`lib/${file}`, 'utf8')).join('\n');
    // Four lines have variable parts; the tests below see them in a log.
    const lines = rows
      .flatMap((row) => row.lines)
      .filter((line) => !/^There is no|^The mapping|^Revoked all|^cannot be/.test(line));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect([line, source.includes(line)]).toEqual([line, true]);
  });
});

describeWhereInstalled('redis-server')('the metrics of the guide "Be alerted before users notice"', () => {
  let redis: RedisServer;
  let issuer: StubIssuer;
  let project: GuideProject;
  let service: RunningGuide;

  const options = (file: string) => `
import { fileMapping, type AuthzModuleOptions } from 'nestjs-authz';
import { httpBundle } from 'nestjs-authz/http-bundle';
import { redisRevocations } from 'nestjs-authz/redis';
import { Redis } from 'ioredis';

const client = new Redis(process.env.REDIS_URL!);
client.on('error', () => undefined);

export const options: AuthzModuleOptions = {
  issuer: process.env.ISSUER!,
  audience: 'https://orders.acme.com',
  mapping: ${file},
  maxTokenLifetimeSeconds: 900,
  revocation: { feed: redisRevocations({ client }), pollIntervalSeconds: 1, maxStalenessSeconds: 2 },
};
`;
  const start = () => project.start({ env: { REDIS_URL: redis.url, ISSUER: issuer.url } });
  const token = (claims: object = {}) => issuer.token({ aud: 'https://orders.acme.com', roles: ['viewer'], ...claims });
  const read = async () => (await fetch(`${service.url}/metrics`)).text();
  const shows = (line: string | RegExp) =>
    until(
      async () => (typeof line === 'string' ? `\n${await read()}`.includes(`\n${line}\n`) : line.test(await read())),
      () => service.output(),
    );
  /** Returns the alerts that fire now, of those that compare one metric with a number. */
  const firing = async () => {
    const text = await read();
    return rules.flatMap(({ alert, expr }) => {
      const [, metric, operator, limit] = /^(\w+) (==|>) (\d+)$/.exec(expr) ?? [];
      const value = new RegExp(`^${metric} (.+)$`, 'm').exec(text)?.[1];
      if (value === undefined) return [];
      return (operator === '>' ? Number(value) > Number(limit) : Number(value) === Number(limit)) ? [alert] : [];
    });
  };
  const logs = (alert: string) => {
    const { lines } = rows.find((row) => row.alert === alert)!;
    expect(lines).not.toEqual([]);
    for (const line of lines) expect(service.output()).toContain(line);
  };

  beforeAll(async () => {
    redis = await startRedis();
    issuer = await StubIssuer.start();
    project = await guide.project(
      {},
      {
        ...ordersService({ MetricsController: 'metrics.controller' }),
        'src/authz-options.ts': options("fileMapping('mapping.yaml')"),
        'mapping.yaml': `notAfter: 2099-01-01T00:00:00Z\n${MAPPING}`,
      },
    );
    service = await start();
  });
  afterAll(async () => {
    await service.stop();
    await issuer.stop();
    await redis.stop();
  });

  it('are readable as the guide shows', async () => {
    const { command, output } = consoleSteps(guide.block('$ curl'))[0]!;
    const printed = await project.run(command.replace('http://localhost:3000', service.url));
    expect(printed.replaceAll(issuer.url, 'https://id.acme.com')).toMatch(shown(output));
    await until(async () => (await firing()).length === 0);
  });

  it('count refusals by reason, and have every metric of the rules', async () => {
    await statusOf(service, token(), '/orders/1', 'DELETE');
    await statusOf(service, `${token().slice(0, -4)}AAAA`);
    await shows('authz_refusals_total{reason="permission_missing"} 1');
    await shows('authz_refusals_total{reason="signature_invalid"} 1');
    const text = await read();
    for (const metric of metrics) expect(text).toMatch(new RegExp(`^${metric}[ {]`, 'm'));
    expect(text).toMatch(/^(authz_\w+(\{\w+="[^"]+"\})? [\d.e+-]+\n)+$/);
  });

  it('show an emergency stop, and the use of a revoked token', async () => {
    const revoked = token();
    await project.run('npx nestjs-authz revoke everything --to env:REDIS_URL --expires-in 15m', { REDIS_URL: redis.url });
    await shows('authz_emergency_stops_total 1');
    expect(await statusOf(service, revoked)).toBe(401);
    await shows('authz_refusals_total{reason="token_revoked"} 1');
    expect(service.output()).toContain('Revoked all tokens');
  });

  it('show a fault in the mapping, and its repair', async () => {
    await project.write('mapping.yaml', 'roles: { clerk: { inherits: [viewr] } }');
    await shows(guide.block('authz_mapping_failing 1\n').content.trim());
    expect(service.output()).toMatch(shown(guide.block('ERROR [Authz]')));
    logs('AuthzMappingFailing');
    expect(await firing()).toContain('AuthzMappingFailing');
    await project.write('mapping.yaml', MAPPING);
    await shows('authz_mapping_failing 0');
  });

  it('show that Redis is down, and what it lost', async () => {
    await redis.kill();
    await shows('authz_revocation_fresh 0');
    await shows('authz_revocation_failing 1');
    logs('AuthzRevocationsStale');
    expect(await firing()).toContain('AuthzRevocationsStale');
    await redis.restart();
    await shows('authz_revocation_fresh 1');
    await shows(/^authz_revocation_lost_by_feed_total [1-9]/m);
    logs('AuthzRevocationsLost');
  });

  it('show that a service is not ready, and has no keys', async () => {
    await service.stop();
    await project.write('src/authz-options.ts', options("httpBundle({ url: 'http://127.0.0.1:9/mapping' })"));
    issuer.goDown();
    service = await start();
    await shows('authz_ready 0');
    expect(await firing()).toContain('AuthzNotReady');
    expect(service.output()).toContain('There is no mapping yet');
    expect(await statusOf(service, token())).toBe(503);
    await shows('authz_refusals_total{reason="keys_unavailable"} 1');
    logs('AuthzKeysUnavailable');
  });
});
