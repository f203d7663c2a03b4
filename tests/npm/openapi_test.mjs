// The OpenAPI documents of both endpoints, judged by Redocly's linter with its strictest rules, and used by
// openapi-fetch, a generic client that knows nothing but a document's paths and the names of parameters.
import assert from "node:assert/strict";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import createClient from "openapi-fetch";
import { Instance, tell } from "./instance.mjs";

async function checkDocument(role, bus) {
  const instance = new Instance();
  await instance.begin(bus, role);
  try {
    const answer = await fetch(`${instance.url}/openapi.json`);
    assert.equal(answer.status, 200);
    const config = await createConfig({ extends: ["recommended-strict"] });
    const faults = await lintFromString({
      source: await answer.text(), absoluteRef: `${role}.json`, config });
    assert.deepEqual(faults.map((fault) =>
      `${fault.ruleId} ${fault.location[0]?.pointer}: ${fault.message}`), []);
  } finally {
    await instance.end();
  }
}

const VALUES = { integer: 1, number: 1, string: "1", boolean: true };

// `annal up` with one order, and a generic client of its query endpoint.
async function withOrder(claim) {
  const instance = new Instance();
  await instance.begin("log:", "up");
  try {
    const sent = await fetch(`${instance.commands}/commands/order/ORD-1/create`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ customerId: "C-1", currency: "EUR", items: [
        { productId: "P-1", quantity: 2, unitPrice: 50 }] }) });
    assert.equal(sent.status, 201);
    const { paths } = await (await fetch(`${instance.queries}/openapi.json`)).json();
    await claim(createClient({ baseUrl: instance.queries }), paths, sent.headers.get("annal-position"));
  } finally {
    await instance.end();
  }
}

async function list(client, query, position) {
  const { data, error } = await client.GET("/read/order_summary",
    { params: { query, header: { "Annal-Min-Position": position } } });
  assert.equal(error, undefined);
  return data.rows;
}

await tell({
  a_generic_client_filters_sorts_and_chooses_fields: () => withOrder(async (client, paths, position) => {
    assert.deepEqual(await list(client, { fields: ["order_id", "total"], sort: ["-total", "order_id"],
      "total[gte]": 100, "status[in]": "created,paid", "customer_id": "C-1" }, position),
    [{ order_id: "ORD-1", total: 100 }]);
    assert.deepEqual(await list(client, { "total[gt]": 100 }, position), []);
    assert.deepEqual(await list(client, { "status[in]": "paid,shipped" }, position), []);
  }),

  // Each alone, as openapi-fetch writes it, and with its name percent-encoded as other clients do.
  every_parameter_of_every_list_is_taken: () => withOrder(async (client, paths, position) => {
    let count = 0;
    for (const [path, { get }] of Object.entries(paths)) {
      if (!get.operationId.startsWith("list."))
        continue;
      const parameters = get.parameters.filter((parameter) => parameter.in === "query");
      for (const { name, schema: own } of parameters) {
        // One value of `column[in]` is a value of the column.
        const column = name.replace(/\[in\]$/, "");
        const schema = column === name ? own
          : parameters.find((other) => [column, `${column}[eq]`].includes(other.name)).schema;
        const value = schema.type === "array" ? [schema.items.enum[0], schema.items.enum.at(-1)]
          : schema.format === "date-time" ? "2026-11-23T10:00:00Z" : VALUES[schema.type];
        const { error, response } = await client.GET(path, { params: {
          query: { [name]: value }, header: { "Annal-Min-Position": position, prefer: "wait=30" } } });
        assert.equal(response.status, 200, `${path} ${name}: ${error?.detail}`);
        const encoded = [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`);
        assert.equal((await fetch(`${response.url.split("?")[0]}?${encoded.join("&")}`)).status, 200);
        count++;
      }
    }
    assert.ok(count > 200, `${count} parameters`);
  }),

  the_command_endpoints_document_is_valid: () => checkDocument("commands", "log:"),
  the_query_endpoints_document_is_valid: () => checkDocument("queries"),
});
