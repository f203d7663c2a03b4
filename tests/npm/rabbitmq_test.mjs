// The package `amqplib` from npm as a consumer of the exchange annal.events: CloudEvents in binary
// mode (AMQP protocol binding), as docs/reference/http.md and docs/how-to/run.md tell other services.
import assert from "node:assert/strict";
import amqp from "amqplib";
import { HTTP } from "cloudevents";
import { Instance, tell, within } from "./instance.mjs";

const instance = new Instance();
const broker = `${process.env.ANNAL_TEST_BROKER}/t-npm_rabbitmq`;

// A queue bound before anything is published; what comes is kept in order.
async function consume(channel, pattern) {
  const messages = [];
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.assertExchange("annal.events", "topic", { durable: true });
  await channel.bindQueue(queue, "annal.events", pattern);
  let tell = () => {};
  await channel.consume(queue, (message) => {
    messages.push(message);
    tell();
  }, { noAck: true });
  return async (count) => {
    await within((async () => {
      while (messages.length < count)
        await new Promise((resolve) => { tell = resolve; });
    })(), 20000, `${count} messages come`);
    return messages;
  };
}

// As the package of the HTTP binding reads an event: there a header is called ce-NAME.
function asEvent({ properties, content }) {
  const headers = { "content-type": properties.contentType };
  for (const [name, value] of Object.entries(properties.headers))
    headers[name.replace("cloudEvents_", "ce-")] = value;
  return HTTP.toEvent({ headers, body: content.toString() });
}

const connection = await amqp.connect(broker);
const channel = await connection.createChannel();
const take = await consume(channel, "#");
const takeNotes = await consume(channel, "note.added.*");
await instance.begin(broker);

async function expectStatus(status, promise) {
  const answer = await promise;
  assert.equal(answer.status, status, await answer.text());
}

await tell({
  async an_event_of_a_command_is_a_cloudevent_in_binary_mode() {
    await expectStatus(201, fetch(`${instance.url}/commands/order/ORD-1/create`, {
      method: "POST",
      headers: {
        "content-type": "application/json", "correlation-id": "c-1",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
      body: JSON.stringify({ customerId: "C-1", currency: "EUR" }),
    }));
    const [{ properties, fields, content }] = await take(1);
    assert.equal(fields.routingKey, "order.created.v1");
    assert.equal(properties.contentType, "application/json");
    assert.equal(properties.type, "order.created.v1");
    assert.equal(properties.deliveryMode, 2);
    const { headers } = properties;
    assert.equal(properties.messageId, headers.cloudEvents_id);
    assert.equal(properties.timestamp, Math.floor(Date.parse(headers.cloudEvents_time) / 1000));
    for (const [name, value] of Object.entries(headers)) {
      assert.match(name, /^cloudEvents_[a-z0-9]+$/);
      assert.equal(typeof value, "string", name);
    }
    assert.equal(headers.cloudEvents_specversion, "1.0");
    assert.equal(headers.cloudEvents_type, "order.created.v1");
    assert.equal(headers.cloudEvents_source, "/streams/order/ORD-1");
    assert.equal(headers.cloudEvents_sequence, "00000000000000000001");
    assert.equal(headers.cloudEvents_partitionkey, "order/ORD-1");
    assert.equal(headers.cloudEvents_correlationid, "c-1");
    assert.match(headers.cloudEvents_traceparent, /^00-0af7651916cd43dd8448eb211c80319c-/);
    assert.ok(!("cloudEvents_datacontenttype" in headers));
    assert.equal(JSON.parse(content).customerId, "C-1");
  },

  async an_event_of_one_s_own_keeps_its_attributes() {
    await expectStatus(201, instance.post("note/N-1", {
      headers: { "content-type": "application/cloudevents+json" },
      body: JSON.stringify({
        specversion: "1.0", id: "n-1", source: "/notes", type: "note.added.v1",
        time: "2020-01-02T03:04:05Z", subject: "caf\u00e9", mynumber: 7, mybool: true,
        datacontenttype: "application/vnd.acme+json",
        data: { text: "\u00fc" },
      }),
    }));
    const [message] = await takeNotes(1);
    const { headers, messageId, timestamp, contentType } = message.properties;
    assert.equal(messageId, "n-1");
    assert.equal(contentType, "application/vnd.acme+json");
    assert.equal(asEvent(message).datacontenttype, contentType);
    assert.equal(timestamp, Date.parse("2020-01-02T03:04:05Z") / 1000);
    assert.equal(headers.cloudEvents_time, "2020-01-02T03:04:05Z");
    assert.equal(headers.cloudEvents_source, "/notes");
    assert.equal(headers.cloudEvents_subject, "caf\u00e9");
    assert.equal(headers.cloudEvents_mynumber, "7");
    assert.equal(headers.cloudEvents_mybool, "true");
    assert.deepEqual(JSON.parse(message.content), { text: "\u00fc" });
  },

  async a_reader_of_cloudevents_takes_every_message() {
    const messages = await take(2);
    assert.ok(messages.every((message) => asEvent(message).validate()));
  },

  async events_come_in_the_order_of_the_log() {
    for (let i = 1; i <= 20; i++)
      await expectStatus(200, fetch(`${instance.url}/commands/order/ORD-1/add-item`, {
        method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ productId: `P-${i}`, quantity: 1, unitPrice: i }),
      }));
    const positions = (await take(22)).map(
      ({ properties }) => Number(properties.headers.cloudEvents_sequence));
    assert.deepEqual(positions, Array.from({ length: 22 }, (_, i) => i + 1));
  },
});
await connection.close();
await instance.end();
