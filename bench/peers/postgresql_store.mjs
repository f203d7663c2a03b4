// The store of the PostgreSQL peer: pg, a pool of connections, one statement (and so one transaction) for an order.
import pg from 'pg';
import { fold } from './order.mjs';

const CONNECTIONS = 20;
const BATCH = 10000;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.JSON, (text) => text);

const ADD_EVENTS = `WITH stream AS (
    INSERT INTO streams (category, id) VALUES ('order', $1) ON CONFLICT DO NOTHING RETURNING stream
  ), added AS (
    INSERT INTO events (stream, version, type, time, id, data, meta)
    SELECT stream.stream, event.* FROM stream,
           unnest($2::int[], $3::text[], $4::bigint[], $5::uuid[], $6::json[], $7::json[]) AS event
    RETURNING position, version
  )`;
const ADD_ROW = `, row AS (
    INSERT INTO order_summary SELECT $1, $8, $9, $10, $11, $12, $13, $14, $15 FROM stream
  )`;
const POSITIONS = ' SELECT position FROM added ORDER BY version';

const column = (events, name) => events.map((event) => event[name]);

function addition({ id, events, row }) {
  const values = [id, ...['version', 'type', 'time', 'id', 'data', 'meta'].map((name) => column(events, name))];
  if (!row) return { name: 'add', text: ADD_EVENTS + POSITIONS, values };
  return { name: 'add-with-row', text: ADD_EVENTS + ADD_ROW + POSITIONS, values: [...values, ...Object.values(row).slice(1)] };
}

export function openPostgresql(url) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  return {
    async append(order) {
      const { rows } = await pool.query(addition(order));
      return rows.length > 0 ? rows.map(({ position }) => position) : null;
    },
    async row(id) {
      const { rows } = await pool.query({ name: 'row', text: 'SELECT * FROM order_summary WHERE order_id = $1', values: [id] });
      return rows[0];
    },
    close: () => pool.end(),
  };
}

const READ = `SELECT e.position, s.id AS "order", e.version, e.type, e.time, e.data
  FROM events AS e JOIN streams AS s USING (stream) WHERE e.position > $1 ORDER BY e.position LIMIT ${BATCH}`;
const ADD_ROWS = `INSERT INTO order_summary SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[],
  $5::bigint[], $6::text[], $7::text[], $8::text[], $9::int[])`;

async function foldAll(client) {
  const rows = new Map();
  for (let position = 0; ;) {
    const { rows: events } = await client.query({ name: 'read', text: READ, values: [position] });
    if (events.length === 0) return rows;
    for (const event of events) {
      event.data = JSON.parse(event.data);
      rows.set(event.order, fold(rows.get(event.order) ?? null, event));
    }
    position = events.at(-1).position;
  }
}

// All rows in memory, then written in batches, in one transaction; readers see the old rows until it commits.
export async function rebuildPostgresql(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('DROP INDEX order_summary_by_customer; DROP INDEX order_summary_by_status; TRUNCATE order_summary');
  const rows = [...(await foldAll(client)).values()];
  for (let begin = 0; begin < rows.length; begin += BATCH) {
    const batch = rows.slice(begin, begin + BATCH);
    await client.query({ name: 'add', text: ADD_ROWS, values: Object.keys(batch[0]).map((name) => column(batch, name)) });
  }
  await client.query(`CREATE INDEX order_summary_by_customer ON order_summary (customer_id, updated_at);
    CREATE INDEX order_summary_by_status ON order_summary (status, updated_at)`);
  await client.query('COMMIT');
  await client.end();
}
