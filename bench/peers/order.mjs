// The domain of the peers: what `order create` decides, and the row of an order.
import { randomBytes, randomUUID } from 'node:crypto';

const MOST_TOTAL = 1e12;

export class Refused extends Error {}

// An RFC 3339 time in UTC with microseconds, as annal writes it.
export function timeText(us) {
  return `${new Date(Math.floor(us / 1000)).toISOString().slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
}

function decide(body, timeUs) {
  const orderedAt = body.orderedAt ? timeText(Date.parse(body.orderedAt) * 1000) : timeText(timeUs);
  const items = body.items ?? [];
  const created = { customerId: body.customerId, currency: body.currency, orderedAt };
  if (body.shipTo) created.shipTo = body.shipTo;
  const decided = [{ type: 'order.created.v1', data: created }];
  let total = 0;
  items.forEach(({ productId, quantity, unitPrice }, i) => {
    total += quantity * unitPrice;
    decided.push({ type: 'order.item.added.v1', data: { line: i + 1, productId, quantity, unitPrice } });
  });
  if (total > MOST_TOTAL) throw new Refused('the total of an order is at most 10^12');
  if (body.place) {
    if (items.length === 0) throw new Refused('an order without items cannot be placed');
    decided.push({ type: 'order.placed.v1', data: { currency: body.currency, items } });
  }
  return decided;
}

// The events of a new order as they are stored: numbered, with ids and metadata, data and meta as JSON text.
export function create(id, body, withRow) {
  const timeUs = Date.now() * 1000;
  const command = randomUUID();
  const random = randomBytes(24).toString('hex');
  const meta = JSON.stringify({
    correlationid: command,
    causationid: command,
    traceparent: `00-${random.slice(0, 32)}-${random.slice(32)}-00`,
  });
  let row = null;
  const events = decide(body, timeUs).map(({ type, data }, i) => {
    if (withRow) row = fold(row, { order: id, version: i + 1, type, time: timeUs, data });
    return { id: randomUUID(), version: i + 1, type, time: timeUs, data: JSON.stringify(data), meta };
  });
  return { id, events, row };
}

export const STATUS = {
  'order.placed.v1': 'placed',
  'order.payment.received.v1': 'paid',
  'order.confirmed.v1': 'confirmed',
  'order.shipped.v1': 'shipped',
  'order.delivered.v1': 'delivered',
  'order.cancelled.v1': 'cancelled',
};

// The row of an order after an event; `row` is null before the first.
export function fold(row, { order, version, type, time, data }) {
  const at = timeText(time);
  if (type === 'order.created.v1') {
    return {
      order_id: order, customer_id: data.customerId, status: 'created', item_count: 0, total: 0,
      currency: data.currency, created_at: at, updated_at: at, version,
    };
  }
  if (type === 'order.item.added.v1') {
    row.item_count += 1;
    row.total += data.quantity * data.unitPrice;
  } else if (type === 'order.item.removed.v1') {
    row.item_count -= 1;
    row.total -= data.quantity * data.unitPrice;
  } else {
    row.status = STATUS[type];
  }
  row.updated_at = at;
  row.version = version;
  return row;
}

export function answer({ id, events }, positions) {
  return {
    stream: `order/${id}`,
    version: events.length,
    position: positions.at(-1),
    events: events.map((event, i) => ({ id: event.id, type: event.type, position: positions[i] })),
  };
}
