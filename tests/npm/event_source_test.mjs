// EventSource, the browser's own client of server-sent events, on rows, named queries and the log.
import assert from "node:assert/strict";
import { openBrowser, openPage } from "./browser.mjs";
import { Instance, tell } from "./instance.mjs";

const TYPES = ["order.created.v1", "order.item.added.v1", "order.placed.v1", "order.cancelled.v1"];
const instance = new Instance();
await instance.begin("log:", "up");
const browser = await openBrowser();

async function command(order, name, body = {}) {
  const answer = await fetch(`${instance.commands}/commands/order/${order}/${name}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()).position;
}

function create(order, customerId) {
  return command(order, "create", {
    customerId, currency: "EUR", items: [{ productId: "P-1", quantity: 2, unitPrice: 500 }] });
}

// Waits until a query endpoint has seen the position.
async function see(position) {
  const answer = await fetch(`${instance.queries}/read/order_summary?limit=1`,
    { headers: { "annal-min-position": String(position) } });
  assert.equal(answer.status, 200);
}

// A page of that origin which listens to `path`. `take(n)` waits for n messages and gives them all;
// `asked()` gives the Last-Event-ID of each request that was answered.
async function listen(origin, path, types = ["message"]) {
  const { page, complaints } = await openPage(browser, origin);
  const requests = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "eventsource")
      requests.push(response.request());
  });
  await page.goto(`${origin}/docs`);
  await page.evaluate(([path, types]) => {
    window.got = [];
    window.source = new EventSource(path);
    for (const type of types)
      window.source.addEventListener(type, ({ lastEventId, data }) =>
        window.got.push({ id: Number(lastEventId), type, data: JSON.parse(data) }));
  }, [path, types]);
  const take = async (count) => {
    await page.waitForFunction((count) => window.got.length >= count, count);
    return page.evaluate(() => window.got);
  };
  const asked = async () => (await Promise.all(requests.map((request) => request.allHeaders())))
    .map((headers) => headers["last-event-id"]);
  return { page, complaints, asked, take };
}

await tell({
  async a_row_is_sent_again_when_a_command_changed_it() {
    await see(await create("ORD-1", "C-1"));
    const { page, take, complaints } = await listen(instance.queries, "/read/order_summary/ORD-1");
    const [first] = await take(1);
    assert.equal(first.data.status, "created");
    const position = await command("ORD-1", "place");
    const [, second] = await take(2);
    assert.equal(second.data.status, "placed");
    assert.ok(second.id >= position);
    assert.deepEqual(complaints, []);
    await page.context().close();
  },

  async a_named_query_is_sent_again_when_a_command_changed_it() {
    const { page, take, complaints } = await listen(instance.queries, "/query/orders_of_customer?customer_id=C-2");
    const [first] = await take(1);
    assert.deepEqual(first.data.rows, []);
    await create("ORD-2", "C-2");
    const [, second] = await take(2);
    assert.deepEqual(second.data.rows.map((row) => row.order_id), ["ORD-2"]);
    assert.deepEqual(complaints, []);
    await page.context().close();
  },

  async the_log_is_sent_as_it_grows() {
    const { page, take, complaints } = await listen(instance.commands, "/events?after=head", TYPES);
    await page.waitForFunction(() => window.source.readyState === EventSource.OPEN);
    const position = await create("ORD-3", "C-3");
    const got = await take(2);
    assert.deepEqual(got.map(({ id }) => id), [position - 1, position]);
    assert.equal(got[0].data.type, "order.created.v1");
    assert.deepEqual(complaints, []);
    await page.context().close();
  },

  async all_come_back_by_themselves_after_a_restart() {
    await see(await create("ORD-4", "C-4"));
    const row = await listen(instance.queries, "/read/order_summary/ORD-4");
    const query = await listen(instance.queries, "/query/orders_of_customer?customer_id=C-4");
    const log = await listen(instance.commands, "/events?after=0", TYPES);
    const [{ id: seen }] = await row.take(1);
    await query.take(1);
    const before = (await log.take(seen)).length;
    await instance.stop();
    await instance.start();
    const position = await command("ORD-4", "place");
    await row.page.waitForFunction(() => window.got.at(-1).data.status === "placed");
    await query.page.waitForFunction(() => window.got.at(-1).data.rows[0].status === "placed");
    const got = await log.take(before + 1);
    assert.deepEqual(got.map(({ id }) => id), Array.from({ length: position }, (_, i) => i + 1));
    for (const { page, asked } of [row, query, log]) {
      assert.deepEqual(await asked(), [undefined, String(seen)]);
      await page.context().close();
    }
  },
});
await browser.close();
await instance.end();
