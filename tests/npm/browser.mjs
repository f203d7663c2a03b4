// Debian's Chromium, driven by playwright-core: a new profile each time, and every page under watch.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const SETTINGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export function openBrowser() {
  return chromium.launch({ executablePath: process.argv[3], args: SETTINGS });
}

// A page in a context of its own, and what there is to complain of: what the browser says on its console
// (a violated Content-Security-Policy is told there too), errors of scripts, requests to another host.
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.setDefaultTimeout(30000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol))
      complaints.push(`asks ${url}`);
  });
  return { page, complaints, assertQuiet: () => assert.deepEqual(complaints, []) };
}

// Nothing is wider than the window: nobody has to scroll sideways.
export async function assertFits(page) {
  const { wide, window } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
  assert.ok(wide <= window, `${page.url()} is ${wide} wide in a window of ${window}`);
}
