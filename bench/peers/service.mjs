// An order service in Node: Fastify over SQLite or PostgreSQL.
//
//     node service.mjs --store sqlite:FILE|postgresql://… --schema order.create.json [--group] [--row] [--processes N]
//
// Prints `ready peer http://127.0.0.1:PORT`, ends on SIGTERM. --group: orders that arrive together share a transaction
// (SQLite). --row: the row of order_summary is written in the transaction of its events.
import Fastify from 'fastify';
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Refused, answer, create } from './order.mjs';
import { openPostgresql } from './postgresql_store.mjs';
import { openSqlite } from './sqlite_store.mjs';

const { values: options } = parseArgs({
  options: {
    store: { type: 'string' }, schema: { type: 'string' }, group: { type: 'boolean', default: false },
    row: { type: 'boolean', default: false }, processes: { type: 'string', default: '1' },
  },
});

const order = { type: 'object', properties: { id: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,128}$' } } };
const integer = { type: 'integer' };
const string = { type: 'string' };
const stored = {
  type: 'object',
  properties: {
    stream: string, version: integer, position: integer,
    events: { type: 'array', items: { type: 'object', properties: { id: string, type: string, position: integer } } },
  },
};
const row = {
  type: 'object',
  properties: {
    order_id: string, customer_id: string, status: string, item_count: integer, total: integer, currency: string,
    created_at: string, updated_at: string, version: integer,
  },
};

// annal's own schema of the command. Fastify's validator knows an earlier draft, which means the same here.
function commandSchema() {
  const { $schema, ...schema } = JSON.parse(readFileSync(options.schema, 'utf8'));
  return schema;
}

function openStore() {
  return options.store.startsWith('postgresql:') ? openPostgresql(options.store)
    : openSqlite(options.store.slice('sqlite:'.length), options.group);
}

async function serve() {
  const store = openStore();
  // Fastify's defaults would change invalid bodies instead of rejecting them.
  const app = Fastify({
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allowUnionTypes: true } },
  });

  app.post('/commands/order/:id/create', {
    schema: { params: order, body: commandSchema(), response: { 201: stored } },
  }, async (request, reply) => {
    const created = create(request.params.id, request.body, options.row);
    const positions = await store.append(created);
    if (!positions) return reply.code(409).send({ title: 'the order exists' });
    return reply.code(201).send(answer(created, positions));
  });

  app.get('/read/order_summary/:id', { schema: { params: order, response: { 200: row } } }, async (request, reply) => {
    const found = await store.row(request.params.id);
    return found ?? reply.code(404).send({ title: 'no such order' });
  });

  app.setErrorHandler((error, request, reply) => {
    const code = error instanceof Refused ? 422 : error.statusCode ?? 500;
    return reply.code(code).send({ title: error.message });
  });

  process.once('SIGTERM', async () => {
    await app.close();
    await store.close();
    process.exit(0);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server.address().port;
}

function ready(port) {
  console.log(`ready peer http://127.0.0.1:${port}`);
}

function serveInProcesses(count) {
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    listening += 1;
    if (listening === count) ready(port);
  });
  process.once('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
  });
  for (let i = 0; i < count; i += 1) cluster.fork();
}

const processes = Number(options.processes);
if (processes > 1 && cluster.isPrimary) {
  serveInProcesses(processes);
} else {
  const port = await serve();
  if (cluster.isPrimary) ready(port);
}
