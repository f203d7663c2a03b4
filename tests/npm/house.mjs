// `annal commands` or `annal queries` on a directory of its own with an event type of one's own, and claims told as TAP.
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

export class House {
  // The address of the endpoint is in `url`.
  async begin(bus, role = "commands") {
    this.directory = mkdtempSync(join(tmpdir(), "annal-npm-"));
    const schemas = join(this.directory, "schemas");
    mkdirSync(join(schemas, "events"), { recursive: true });
    writeFileSync(join(schemas, "events", "note.added.v1.json"), JSON.stringify(NOTE_SCHEMA));
    const data = join(this.directory, "data");
    mkdirSync(data);
    this.process = spawn(process.argv[2], [role, "--data", data, "--schemas", schemas,
      `--${role}-listen`, "127.0.0.1:0", ...(bus ? ["--bus", bus] : [])],
      { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => this.process.kill("SIGKILL")); // should this script fail
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.url = await within(this.readUrl(), READY_MS, `annal ${role} becomes ready`);
  }

  async readUrl() {
    for await (const line of createInterface({ input: this.process.stdout })) {
      const found = /^ready \S+ .*?(http:\/\/\S+)/.exec(line);
      if (found)
        return found[1];
    }
    throw new Error("annal ended before it was ready");
  }

  async end() {
    this.process.kill("SIGTERM");
    const status = await within(this.ended, STOP_MS, "annal ends");
    rmSync(this.directory, { recursive: true, force: true });
    if (status !== 0)
      throw new Error(`annal ended with ${status}`);
  }

  post(stream, message) {
    return fetch(`${this.url}/streams/${stream}`, { method: "POST", ...message });
  }
}

// Runs claims ({name: function}) one after the other and prints TAP.
export async function tell(claims) {
  const names = Object.keys(claims);
  console.log(`1..${names.length}`);
  for (const [i, name] of names.entries()) {
    try {
      await claims[name]();
      console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`not ok ${i + 1} - ${name}`);
      console.log(String(error.stack ?? error).replace(/^/gm, "# "));
    }
  }
}

export { within };
