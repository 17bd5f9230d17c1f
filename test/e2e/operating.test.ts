/** What an operator looks at: metrics as Prometheus' own tool reads them, the log of requests, the page in a real browser. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { runProcess } from "../../src/core/process.ts";
import { testWith } from "../with-component.ts";
import { createClient, serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";

const folder = temporaryFolder();
const [reading, writing] = ["r".repeat(20), "w".repeat(20)];
let server: ServerProcess;

beforeAll(async () => {
  const tokens = join(folder.path, "tokens");
  writeFileSync(tokens, `read ${reading}\nwrite ${writing}\n`);
  server = await serve(join(folder.path, "data"), ["--access-log"], { BALLAST_TOKEN_FILE: tokens });
  const client = createClient(server.url, { token: writing });
  for (let at = 0; at < 40; at++) await client.put(`entry ${at}`, Buffer.from(`body ${at}`));
  await client.lookup(["entry 1", "nothing"]);
});

afterAll(async () => {
  await server.end("SIGTERM");
  folder.remove();
});

describe("metrics", () => {
  testWith("prometheus", "are what promtool accepts, and count what was done", async (component) => {
    const headers = { authorization: `Bearer ${reading}` };
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    const argv = [join(component, "bin", "promtool"), "check", "metrics"];
    const checked = await runProcess({ argv, stdin: text, deadlineMs: 30_000 });
    expect(checked).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    expect(text).toContain('ballast_cache_lookups_total{result="hit"} 1\n');
    expect(text).toContain('ballast_http_requests_total{route="actions",status="201"} 40\n');
    const wrong = text.replace("# TYPE ballast_cache_entries gauge", "# TYPE ballast_cache_entries nonsense");
    expect((await runProcess({ argv, stdin: wrong, deadlineMs: 30_000 })).exitCode).not.toBe(0);
  });
});

/** A browser that may ask nobody but this machine. */
function openBrowser(component: string): Promise<Browser> {
  return chromium.launch({
    executablePath: join(component, "bin", "chromium"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
    timeout: 60_000,
  });
}

/** As much of a page's own world as the functions below look at, which run in the page. */
interface PageElement {
  readonly parentElement: PageElement | null;
  readonly tagName: string;
  readonly textContent: string | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  getAttribute(name: string): string | null;
}
declare const document: {
  readonly activeElement: PageElement | null;
  readonly documentElement: { readonly scrollWidth: number };
  querySelectorAll(selector: string): Iterable<PageElement>;
};
declare function getComputedStyle(element: PageElement): {
  readonly backgroundColor: string;
  readonly color: string;
  readonly outlineStyle: string;
};
declare const innerWidth: number;

/** The places where text is wider than the page, or stands with too little contrast on what is behind it. */
function findFaults(): { readonly sideways: boolean; readonly faint: string[] } {
  function luminance([red = 0, green = 0, blue = 0]: readonly number[]): number {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((channel) => {
      const share = channel / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function numbers(color: string): number[] {
    return (color.match(/[\d.]+/g) ?? []).map(Number);
  }
  function groundOf(element: PageElement): number[] {
    for (let at: PageElement | null = element; at !== null; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || (color[3] ?? 0) > 0) return color;
    }
    return [255, 255, 255];
  }
  const faint: string[] = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "");
    if (!text || element.tagName === "METER") continue;
    const [ink, ground] = [luminance(numbers(getComputedStyle(element).color)), luminance(groundOf(element))];
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < 4.5) faint.push(`${element.tagName} ${element.textContent} ${contrast.toFixed(1)}`);
  }
  return { sideways: document.documentElement.scrollWidth > innerWidth, faint };
}

async function keep(page: Page, name: string): Promise<void> {
  const pictures = process.env["TEST_PICTURES"];
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

describe("the status page", () => {
  testWith("chromium", "is readable narrow and wide, light and dark, and asks for nothing else", async (component) => {
    const browser = await openBrowser(component);
    try {
      for (const [colorScheme, width] of [
        ["light", 1280],
        ["dark", 1280],
        ["light", 360],
        ["dark", 360],
      ] as const) {
        const page = await browser.newPage({
          colorScheme,
          viewport: { width, height: 800 },
          httpCredentials: { username: "me", password: reading },
        });
        const asked: string[] = [];
        const said: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        page.on("console", (message) => said.push(message.text()));
        await page.goto(`${server.url}/`);
        await keep(page, `status-${colorScheme}-${width}`);
        expect(await page.title()).toContain("Ballast node");
        expect(await page.locator("main").innerText()).toContain("50.0%");
        expect(await page.evaluate(findFaults)).toEqual({ sideways: false, faint: [] });
        expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([`${server.url}/`]);
        expect(said).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });

  testWith(
    "chromium",
    "is usable with the keyboard alone: every table and link can be reached and shows it",
    async (component) => {
      const browser = await openBrowser(component);
      try {
        const page = await browser.newPage({ httpCredentials: { username: "me", password: reading } });
        await page.goto(`${server.url}/status`);
        const reached: string[] = [];
        for (let at = 0; at < 6; at++) {
          await page.keyboard.press("Tab");
          reached.push(
            await page.evaluate(() => {
              const element = document.activeElement;
              if (element === null) return "nothing";
              const name = element.getAttribute("aria-labelledby") ?? element.getAttribute("href") ?? element.tagName;
              return getComputedStyle(element).outlineStyle === "none" ? `${name} unseen` : name;
            }),
          );
        }
        expect(reached).toEqual(["what-is-here", "whose-it-is", "since-the-start", "/status", "/metrics", "/v1/stats"]);
      } finally {
        await browser.close();
      }
    },
  );

  test("is for those with a token, and not for another site's page", async () => {
    const unknown = await fetch(`${server.url}/`);
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get("www-authenticate")).toContain('Basic realm="Ballast"');
    const headers = { authorization: `Basic ${btoa(`me:${writing}`)}`, origin: "https://example.com" };
    expect((await fetch(`${server.url}/v1/gc`, { method: "POST", headers })).status).toBe(403);
  });
});

test("the access log has a line for each request, and no token in it", async () => {
  const logged = await serve(join(folder.path, "logged"), ["--access-log"]);
  await fetch(`${logged.url}/v1/stats?secret=hidden`, { headers: { authorization: `Bearer ${writing}` } });
  await fetch(`${logged.url}/nothing`);
  await fetch(`${logged.url}/healthz`);
  await logged.end("SIGTERM");
  const text = await logged.stderr();
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["message"] === "request");
  expect(lines).toMatchObject([
    { method: "GET", path: "/v1/stats", status: 200, remote: "127.0.0.1" },
    { method: "GET", path: "/nothing", status: 404 },
    { method: "GET", path: "/healthz", status: 200 },
  ]);
  expect(text).not.toContain(writing);
  expect(text).not.toContain("hidden");
});
