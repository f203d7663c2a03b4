// The store of the SQLite peers: better-sqlite3, WAL, synchronous=FULL, annal's cache and checkpoint interval.
import Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { STATUS, fold, timeText } from './order.mjs';

export const ROW = ['order_id', 'customer_id', 'status', 'item_count', 'total', 'currency', 'created_at', 'updated_at',
  'version'];
const INSERT_ROW = `INTO order_summary (${ROW}) VALUES (${ROW.map((column) => `@${column}`)})`;

function openFile(path) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('cache_size = -16384');
  if (db.pragma('synchronous', { simple: true }) !== 2 || db.pragma('journal_mode', { simple: true }) !== 'wal') {
    throw new Error(`${path} is not durable`);
  }
  db.exec(readFileSync(new URL('sqlite.sql', import.meta.url), 'utf8'));
  return db;
}

// A function that stores a new order in the transaction that is open, and returns its positions; null if the order
// exists.
function storer(db) {
  const addStream = db.prepare("INSERT INTO streams (category, id) VALUES ('order', ?) ON CONFLICT DO NOTHING");
  const addEvent = db.prepare('INSERT INTO events (stream, version, type, time, id, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const addRow = db.prepare(`INSERT ${INSERT_ROW}`);
  return (order) => {
    const added = addStream.run(order.id);
    if (added.changes === 0) return null;
    const positions = order.events.map((event) => addEvent.run(added.lastInsertRowid, event.version, event.type,
      event.time, event.id, event.data, event.meta).lastInsertRowid);
    if (order.row) addRow.run(order.row);
    return positions;
  };
}

// Group commit: the orders that arrived in one turn of the event loop share a transaction.
function groupCommit(storeAll) {
  let waiting = [];
  function flush() {
    const group = waiting;
    waiting = [];
    try {
      const stored = storeAll(group.map(({ order }) => order));
      group.forEach(({ resolve }, i) => resolve(stored[i]));
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    }
  }
  return (order) => new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push({ order, resolve, reject });
  });
}

export function openSqlite(path, group) {
  const db = openFile(path);
  const store = storer(db);
  const selectRow = db.prepare('SELECT * FROM order_summary WHERE order_id = ?');
  return {
    append: group ? groupCommit(db.transaction((orders) => orders.map(store))) : db.transaction(store),
    row: (id) => selectRow.get(id),
    close: () => db.close(),
  };
}

const READ = `SELECT e.position, s.id AS "order", e.version, e.type, e.time, e.data
  FROM events AS e JOIN streams AS s USING (stream) WHERE e.position > ? ORDER BY e.position LIMIT 10000`;

function* eventsOf(db) {
  const read = db.prepare(READ);
  for (let position = 0, events; (events = read.all(position)).length > 0; position = events.at(-1).position) {
    for (const event of events) {
      event.data = JSON.parse(event.data);
      yield event;
    }
  }
}

// A statement for each event.
function rebuildByStatements(db) {
  const addRow = db.prepare(`INSERT ${INSERT_ROW}`);
  const addLines = db.prepare(`UPDATE order_summary SET item_count = item_count + ?, total = total + ?, updated_at = ?,
    version = ? WHERE order_id = ?`);
  const setStatus = db.prepare('UPDATE order_summary SET status = ?, updated_at = ?, version = ? WHERE order_id = ?');
  for (const event of eventsOf(db)) {
    const { order, version, type, data } = event;
    const at = timeText(event.time);
    if (type === 'order.created.v1') addRow.run(fold(null, event));
    else if (type === 'order.item.added.v1') addLines.run(1, data.quantity * data.unitPrice, at, version, order);
    else if (type === 'order.item.removed.v1') addLines.run(-1, -data.quantity * data.unitPrice, at, version, order);
    else setStatus.run(STATUS[type], at, version, order);
  }
}

// All rows in memory, then written in the order of the key.
function rebuildInMemory(db) {
  const rows = new Map();
  for (const event of eventsOf(db)) rows.set(event.order, fold(rows.get(event.order) ?? null, event));
  const addRow = db.prepare(`INSERT ${INSERT_ROW}`);
  for (const id of [...rows.keys()].sort()) addRow.run(rows.get(id));
}

// In one transaction; readers see the old rows until it commits. Indexes are built last.
export function rebuildSqlite(path, inMemory) {
  const db = openFile(path);
  db.transaction(() => {
    const indexes = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'order_summary' AND sql NOT NULL").all();
    for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
    db.exec('DELETE FROM order_summary');
    (inMemory ? rebuildInMemory : rebuildByStatements)(db);
    for (const { sql } of indexes) db.exec(sql);
  }).immediate();
  db.close();
}
