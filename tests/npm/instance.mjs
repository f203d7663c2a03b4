// Starts `annal commands`, `annal queries` or `annal up` on a temporary directory with one event type, and reports claims as TAP.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const READY_MS = 30000;
const STOP_MS = 30000;

const NOTE_SCHEMA = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};

function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Instance {
  // `role` is commands, queries, or up for all of them. The address of the role's endpoint is in `url`,
  // those of up are in `commands` and `queries`.
  async begin(bus, role = "commands") {
    this.directory = mkdtempSync(join(tmpdir(), "annal-npm-"));
    const schemas = join(this.directory, "schemas");
    mkdirSync(join(schemas, "events"), { recursive: true });
    writeFileSync(join(schemas, "events", "note.added.v1.json"), JSON.stringify(NOTE_SCHEMA));
    const data = join(this.directory, "data");
    mkdirSync(data);
    this.role = role;
    this.options = ["--data", data, "--schemas", schemas, ...(bus ? ["--bus", bus] : [])];
    await this.start();
  }

  async start() {
    this.process = spawn(process.argv[2], [this.role, ...this.options, ...this.listen()],
      { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => this.process.kill("SIGKILL")); // should this script fail
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    await within(this.readAddresses(), READY_MS, `annal ${this.role} becomes ready`);
  }

  // Free ports; after a restart those from before.
  listen() {
    const endpoints = this.role === "up" ? ["commands", "queries"] : [this.role];
    return endpoints.flatMap((name) =>
      [`--${name}-listen`, this[name] ? new URL(this[name]).host : "127.0.0.1:0"]);
  }

  async readAddresses() {
    for await (const line of createInterface({ input: this.process.stdout })) {
      if (!line.startsWith(`ready ${this.role} `))
        continue;
      for (const [, name, url] of line.matchAll(/(?:(\w+)=)?(http:\/\/\S+)/g))
        this[name ?? this.role] = url;
      this.url = this[this.role];
      return;
    }
    throw new Error("annal ended before it was ready");
  }

  async stop() {
    this.process.kill("SIGTERM");
    const status = await within(this.ended, STOP_MS, "annal ends");
    if (status !== 0)
      throw new Error(`annal ended with ${status}`);
  }

  async end() {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  post(stream, message) {
    return fetch(`${this.url}/streams/${stream}`, { method: "POST", ...message });
  }
}

// What a claim throws that cannot be held here.
export class Skip extends Error {}

// Runs claims ({name: function}) one after the other and prints TAP.
export async function tell(claims) {
  const names = Object.keys(claims);
  console.log(`1..${names.length}`);
  for (const [i, name] of names.entries()) {
    try {
      await claims[name]();
      console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
      if (error instanceof Skip) {
        console.log(`ok ${i + 1} - ${name} # SKIP ${error.message}`);
        continue;
      }
      process.exitCode = 1;
      console.log(`not ok ${i + 1} - ${name}`);
      console.log(String(error.stack ?? error).replace(/^/gm, "# "));
    }
  }
}

export { within };
