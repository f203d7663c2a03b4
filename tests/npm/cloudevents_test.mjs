// The package `cloudevents` from npm, the CloudEvents project's own, as a client in both directions.
import assert from "node:assert/strict";
import { CloudEvent, emitterFor, HTTP, Mode } from "cloudevents";
import { Instance, tell, within } from "./instance.mjs";

const instance = new Instance();
const BATCH = "application/cloudevents-batch+json";

function note(id, more = {}) {
  return new CloudEvent({
    id, source: "https://example.org/notes", type: "note.added.v1", data: { text: `note ${id}` },
    time: "2020-01-02T03:04:05.678Z", subject: "a subject", myextension: "kept", mynumber: 7,
    ...more,
  });
}

// Sends with the package's own emitter; the transport is ours, for it must see the answer.
async function send(stream, event, mode) {
  const emit = emitterFor((message) => instance.post(stream, message), { mode });
  const answer = await emit(event);
  assert.equal(answer.status, 201, await answer.clone().text());
  return answer.json();
}

async function read(path, accept) {
  const answer = await fetch(instance.url + path, { headers: { accept } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), accept);
  return { headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

// The events as the package reads them, each checked by it.
async function readBatch(path) {
  const events = HTTP.toEvent(await read(path, BATCH));
  for (const event of events)
    assert.ok(event.validate());
  return events;
}

function checkSame(got, sent) {
  for (const name of ["id", "source", "type", "subject", "time", "myextension", "specversion"])
    assert.equal(got[name], sent[name], name);
  if (sent.datacontenttype)
    assert.equal(got.datacontenttype, sent.datacontenttype);
  assert.deepEqual(got.data, sent.data);
}

await instance.begin("log:");
await tell({
  async an_event_in_structured_mode_comes_back_as_it_was_sent() {
    const sent = note("structured");
    await send("note/S-1", sent, Mode.STRUCTURED);
    const [got] = await readBatch("/streams/note/S-1");
    checkSame(got, sent);
    assert.equal(got.mynumber, 7);
  },

  async an_event_in_binary_mode_comes_back_as_it_was_sent() {
    const sent = note("binary");
    await send("note/B-1", sent, Mode.BINARY);
    const [got] = await readBatch("/streams/note/B-1");
    checkSame(got, sent);
    assert.equal(got.mynumber, "7"); // a header has no type
    assert.equal(got.dataschema, "annal:/schemas/note.added.v1");
    assert.equal(got.partitionkey, "note/B-1");
  },

  async a_media_type_of_ones_own_comes_back_in_every_mode() {
    const datacontenttype = "application/vnd.acme.note+json; v=2";
    for (const mode of [Mode.STRUCTURED, Mode.BINARY])
      await send(`media/M-${mode}`, note(`media-${mode}`, { datacontenttype }), mode);
    const batch = await instance.post("media/M-batch", {
      headers: { "content-type": BATCH }, body: JSON.stringify([note("media-batch", { datacontenttype })]),
    });
    assert.equal(batch.status, 201, await batch.clone().text());
    for (const stream of ["structured", "binary", "batch"])
      for (const event of await readBatch(`/streams/media/M-${stream}`))
        assert.equal(event.datacontenttype, datacontenttype);
    const { body } = await read("/events?category=media", "application/x-ndjson");
    const lines = body.trimEnd().split("\n").map((line) => JSON.parse(line).datacontenttype);
    assert.deepEqual(lines, Array(3).fill(datacontenttype));
  },

  async data_that_is_not_json_is_refused() {
    const text = note("text", { datacontenttype: "text/plain", data: "a note" });
    const bytes = note("bytes", { datacontenttype: "application/octet-stream", data: new Uint8Array([1, 2]) });
    for (const event of [text, bytes])
      for (const message of [HTTP.structured(event), HTTP.binary(event)]) {
        const answer = await instance.post("note/T-1", message);
        assert.equal(answer.status, 415, event.id);
        assert.match((await answer.json()).detail, /must be (JSON|application\/json)/);
      }
  },

  async a_batch_is_appended_and_read_as_a_batch() {
    const sent = [1, 2, 3].map((i) => note(`batch-${i}`));
    const answer = await instance.post("note/A-1", {
      headers: { "content-type": BATCH }, body: JSON.stringify(sent),
    });
    assert.equal(answer.status, 201, await answer.clone().text());
    const got = await readBatch("/streams/note/A-1");
    assert.equal(got.length, 3);
    got.forEach((event, i) => checkSame(event, sent[i]));
    assert.deepEqual(got.map((event) => event.streamversion), [1, 2, 3]);
  },

  async a_command_s_events_are_cloudevents_too() {
    const answer = await fetch(`${instance.url}/commands/order/ORD-1/create`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ customerId: "C-1", currency: "EUR" }),
    });
    assert.equal(answer.status, 201);
    const [got] = await readBatch("/streams/order/ORD-1");
    assert.equal(got.type, "order.created.v1");
    assert.equal(got.source, "/streams/order/ORD-1");
    assert.equal(got.data.customerId, "C-1");
  },

  async the_log_is_read_as_a_batch_and_as_ndjson() {
    const batch = await readBatch("/events?category=note&limit=4");
    assert.equal(batch.length, 4);
    const { body } = await read("/events?category=note&limit=4", "application/x-ndjson");
    const lines = body.trimEnd().split("\n").map((line) => HTTP.toEvent({
      headers: { "content-type": "application/cloudevents+json" }, body: line,
    }));
    assert.deepEqual(lines.map((event) => event.toJSON()), batch.map((event) => event.toJSON()));
    const sequences = batch.map((event) => event.sequence);
    assert.deepEqual(sequences, [...sequences].sort());
    assert.deepEqual(HTTP.toEvent(await read("/events?type=unused.*", BATCH)), []);
  },

  async a_stream_is_read_as_ndjson() {
    const { body } = await read("/streams/note/A-1", "application/x-ndjson");
    assert.equal(body.trimEnd().split("\n").length, 3);
  },

  async the_live_feed_sends_cloudevents() {
    const ending = new AbortController();
    const answer = await fetch(`${instance.url}/events?after=head&type=note.*`, {
      headers: { accept: "text/event-stream" }, signal: ending.signal,
    });
    const sent = note("live", { datacontenttype: "application/vnd.acme.note+json" });
    await send("note/L-1", sent, Mode.BINARY);
    let text = "";
    await within((async () => {
      for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (/^data: .*\n\n/m.test(text))
          break;
      }
    })(), 10000, "an event comes");
    ending.abort();
    checkSame(HTTP.toEvent({
      headers: { "content-type": "application/cloudevents+json" },
      body: /^data: (.*)$/m.exec(text)[1],
    }), sent);
    assert.match(text, /^event: note\.added\.v1$/m);
  },

  async an_event_sent_again_is_a_duplicate_in_any_mode() {
    const first = await send("note/D-1", note("twice"), Mode.STRUCTURED);
    const again = await instance.post("note/D-1", HTTP.binary(note("twice")));
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.deepEqual(await again.json(), first);
  },

  async an_event_that_breaks_its_schema_is_refused() {
    const answer = await instance.post("note/N-1", HTTP.structured(note("bad", { data: { text: 1 } })));
    assert.equal(answer.status, 422);
    assert.equal((await answer.json()).errors[0].pointer, "/data/text");
    const unknown = await instance.post("note/N-1", HTTP.binary(note("odd", { type: "note.addd.v1" })));
    assert.equal(unknown.status, 404);
    assert.match((await unknown.json()).detail, /note\.added\.v1/);
  },
});
await instance.end();
