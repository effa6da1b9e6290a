import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { programPath } from "../support/needs.ts";

/** One request as the browser has it. */
export interface Transfer {
  readonly url: string;
  /** Header fields and content as received. */
  readonly bytes: number | undefined;
  readonly failed: string | undefined;
}

/** A browser with a profile of its own, and what it transferred. */
export interface Visitor {
  readonly page: Page;
  /** All transfers so far; the last of a URL counts. */
  last(url: string): Transfer | undefined;
  close(): Promise<void>;
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

type Draft = { -readonly [Key in keyof Transfer]: Transfer[Key] };

/** Starts Chromium (`CHROMIUM`, else the one on PATH) with an empty profile. */
export async function startVisitor(): Promise<Visitor> {
  const profile = mkdtempSync(join(tmpdir(), "wayleave-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: programPath("chromium") ?? "chromium",
    headless: true,
    args: FLAGS,
  });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const transfers = new Map<string, Draft>();
  const order: Draft[] = [];
  const of = (id: string): Draft => {
    let draft = transfers.get(id);
    if (draft === undefined) {
      draft = { url: "", bytes: undefined, failed: undefined };
      transfers.set(id, draft);
      order.push(draft);
    }
    return draft;
  };
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    of(requestId).url = request.url;
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    of(requestId).bytes = encodedDataLength;
  });
  session.on("Network.loadingFailed", ({ requestId, errorText }) => {
    of(requestId).failed = errorText;
  });
  return {
    page,
    last: (url) => order.findLast((each) => each.url === url),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
