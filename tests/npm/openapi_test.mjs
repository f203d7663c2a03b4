// The OpenAPI documents of both endpoints, judged by Redocly's linter with its strictest rules.
import assert from "node:assert/strict";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { House, tell } from "./house.mjs";

async function checkDocument(role, bus) {
  const house = new House();
  await house.begin(bus, role);
  try {
    const answer = await fetch(`${house.url}/openapi.json`);
    assert.equal(answer.status, 200);
    const config = await createConfig({ extends: ["recommended-strict"] });
    const faults = await lintFromString({
      source: await answer.text(), absoluteRef: `${role}.json`, config });
    assert.deepEqual(faults.map((fault) =>
      `${fault.ruleId} ${fault.location[0]?.pointer}: ${fault.message}`), []);
  } finally {
    await house.end();
  }
}

await tell({
  the_command_endpoints_document_is_valid: () => checkDocument("commands", "log:"),
  the_query_endpoints_document_is_valid: () => checkDocument("queries"),
});
