// Builds order_summary from the events again: rebuild.mjs sqlite:FILE|postgresql://… [memory]
import { rebuildPostgresql } from './postgresql_store.mjs';
import { rebuildSqlite } from './sqlite_store.mjs';

const [store, how] = process.argv.slice(2);
if (store.startsWith('postgresql:')) await rebuildPostgresql(store);
else rebuildSqlite(store.slice('sqlite:'.length), how === 'memory');
