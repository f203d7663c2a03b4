// /docs and /schemas in a browser: all of it is there, nothing is complained of, and what /docs offers to
// try works.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { assertFits, openBrowser, openPage } from "./browser.mjs";
import { Instance, Skip, tell } from "./instance.mjs";

const PHONE = { viewport: { width: 400, height: 800 } };
const instance = new Instance();
await instance.begin("log:", "up");
const browser = await openBrowser();

// "get /openapi.json", as the document has them and as the page does.
async function operationsOf(origin) {
  const { paths } = await (await fetch(`${origin}/openapi.json`)).json();
  return Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`));
}

function operationsOn(page) {
  return page.$$eval(".opblock", (blocks) => blocks.map((block) =>
    `${block.querySelector(".opblock-summary-method").textContent.toLowerCase()} ${
      block.querySelector("[data-path]").dataset.path}`));
}

async function openDocs(origin, options) {
  const opened = await openPage(browser, origin, options);
  await opened.page.goto(`${origin}/docs`);
  if (await opened.page.title() === "annal: no viewer")
    throw new Skip("annal was built without the viewer of /docs");
  await opened.page.waitForSelector(".opblock");
  return opened;
}

async function assertRenders(origin) {
  const { page, assertQuiet } = await openDocs(origin);
  assert.deepEqual((await operationsOn(page)).sort(), (await operationsOf(origin)).sort());
  assert.match(await page.title(), /^annal: /);
  assertQuiet();
  await page.context().close();
}

function operationAt(page, method, path) {
  return page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
}

// Opens the operation, sends it as it is offered but for these values, and returns status and body of the
// answer shown.
async function tryOut(page, method, path, values = {}) {
  const block = operationAt(page, method, path);
  await block.locator(".opblock-summary-control").click();
  await block.getByRole("button", { name: "Try it out" }).click();
  for (const [name, value] of Object.entries(values))
    await block.locator(`[data-param-name="${name}"] input`).fill(value);
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table .response").first();
  return {
    status: await answer.locator(".response-col_status").innerText(),
    body: JSON.parse(await answer.locator(".highlight-code code").first().innerText()),
  };
}

// Follows every link of the page once; all lead to pages here.
async function assertLinksWork(page) {
  const targets = await page.$$eval("a[href]", (links) => links.map((link) => link.href));
  assert.ok(targets.length > 0);
  for (const target of new Set(targets)) {
    const answer = await fetch(target, { headers: { accept: "text/html" } });
    assert.equal(answer.status, 200, target);
    await answer.text();
  }
}

// Copies the commands of the start page into a shell; curl fails on any answer but a 2xx.
async function assertCommandsWork(origin) {
  const { page, assertQuiet } = await openPage(browser, origin);
  await page.goto(origin);
  const commands = (await page.innerText("pre")).split("\n");
  assert.equal(commands.length, 3);
  for (const command of commands)
    execFileSync("sh", ["-c", command.replace(/^curl /, "curl -sS --fail --retry 5 -o /dev/null ")]);
  await assertFits(page);
  assertQuiet();
  await page.context().close();
}

async function assertReadable(path, ...texts) {
  const { page, assertQuiet } = await openPage(browser, instance.commands);
  await page.goto(`${instance.commands}${path}`);
  const shown = await page.innerText("body");
  for (const text of texts)
    assert.ok(shown.includes(text), `${path} does not show ${text}`);
  await assertLinksWork(page);
  assertQuiet();
  await page.context().close();
}

async function assertFitsAPhone(path) {
  const { page, assertQuiet } = await openPage(browser, instance.commands, PHONE);
  await page.goto(`${instance.commands}${path}`);
  await assertFits(page);
  const wide = await page.$$eval("body *", (all) => all.filter((each) => each.scrollWidth > each.clientWidth
    && getComputedStyle(each).overflowX === "auto").map((each) => each.outerHTML.slice(0, 80)));
  assert.deepEqual(wide, [], "scrolls sideways");
  assertQuiet();
  await page.context().close();
}

await tell({
  docs_of_the_command_endpoint_shows_every_operation: () => assertRenders(instance.commands),
  docs_of_the_query_endpoint_shows_every_operation: () => assertRenders(instance.queries),

  async a_command_tried_out_is_answered() {
    const { page, assertQuiet } = await openDocs(instance.commands);
    const { status, body } = await tryOut(page, "post", "/commands/order/{id}/create");
    assert.equal(status, "201");
    assert.equal(body.stream, "order/ID-1");
    assertQuiet();
    await page.context().close();
  },

  async a_read_tried_out_is_answered() {
    const { page, assertQuiet } = await openDocs(instance.commands);
    const { status, body } = await tryOut(page, "get", "/streams/{category}/{id}");
    assert.equal(status, "200");
    assert.equal(body.events[0].type, "order.created.v1");
    assertQuiet();
    await page.context().close();
  },

  async a_row_tried_out_is_answered() {
    const { page, assertQuiet } = await openDocs(instance.queries);
    const answer = await fetch(`${instance.queries}/read/order_summary/ID-1`,
      { headers: { "annal-min-position": "2" } });
    assert.equal(answer.status, 200);
    const { status, body } = await tryOut(page, "get", "/read/order_summary/{order_id}",
      { order_id: "ID-1" });
    assert.equal(status, "200");
    assert.deepEqual(body, await answer.json());
    assertQuiet();
    await page.context().close();
  },

  async a_list_tried_out_is_answered() {
    const { page, assertQuiet } = await openDocs(instance.queries);
    assert.equal((await tryOut(page, "get", "/read/customer_orders")).status, "200");
    const { status, body } = await tryOut(page, "get", "/read/order_summary",
      { "total[gte]": "1", "order_id[in]": "ID-1,ORD-2" });
    assert.equal(status, "200");
    assert.deepEqual(body.rows.map((row) => row.order_id), ["ID-1"]);
    assertQuiet();
    await page.context().close();
  },

  async docs_follows_the_colours_the_reader_wants() {
    const background = async (colorScheme) => {
      const { page } = await openDocs(instance.commands, { colorScheme });
      const colour = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await page.context().close();
      return colour;
    };
    assert.notEqual(await background("dark"), await background("light"));
  },

  async docs_fits_a_phone() {
    const { page } = await openDocs(instance.commands, PHONE);
    await assertFits(page);
    await operationAt(page, "post", "/commands/order/{id}/create").locator(".opblock-summary-control").click();
    await page.waitForSelector(".opblock-body .responses-table");
    await assertFits(page);
    await page.context().close();
  },

  the_commands_of_the_start_page_of_the_command_endpoint_work: () => assertCommandsWork(instance.commands),
  the_commands_of_the_start_page_of_the_query_endpoint_work: () => assertCommandsWork(instance.queries),
  the_page_of_a_problem_is_readable: () =>
    assertReadable("/problems/wrong-version", "What to do", "Read the stream again"),
  the_list_of_problems_fits_a_phone: () => assertFitsAPhone("/problems"),
  the_list_of_schemas_is_readable: () =>
    assertReadable("/schemas", "Event types", "order.shipped.v1", "Commands", "order.ship"),
  the_page_of_an_event_type_is_readable: () =>
    assertReadable("/schemas/order.placed.v1", "items[].quantity", "order.place", "Example", "JSON Schema"),
  the_page_of_a_command_is_readable: () =>
    assertReadable("/schemas/order.create", "May cause", "order.item.added.v1"),
  the_list_of_schemas_fits_a_phone: () => assertFitsAPhone("/schemas"),
  the_page_of_an_event_type_fits_a_phone: () => assertFitsAPhone("/schemas/order.placed.v1"),
  the_page_of_a_command_fits_a_phone: () => assertFitsAPhone("/schemas/order.create"),
});
await browser.close();
await instance.end();
